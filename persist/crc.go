package persist

import "hash/crc64"

// crcTable is that of CRC-64/REDIS: Jones' polynomial 0xad93d23594c935a9, bits
// reversed as the standard library has them.
var crcTable = crc64.MakeTable(0x95ac9329ac4bc9b5)

// updateCRC continues the checksum of RDB files and DUMP payloads with b. It
// starts at 0 and, unlike the standard library's, inverts nothing.
func updateCRC(crc uint64, b []byte) uint64 { return ^crc64.Update(^crc, crcTable, b) }
