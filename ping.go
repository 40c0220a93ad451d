package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"basalt/resp"
)

// pingTimeout is how long a server may take to answer a health check.
const pingTimeout = 3 * time.Second

// ping asks the server at an address (default 127.0.0.1:6379, or port
// BASALT_PORT) for a PONG and returns the exit code: 0 if it came, 0 as well
// if the server is there and wants a password, 1 otherwise. With --proxy, or
// where BASALT_PROXY_PROTOCOL is yes, it sends a PROXY header first, as the health
// check of a load balancer does.
func ping(args []string) int {
	proxied := strings.EqualFold(os.Getenv("BASALT_PROXY_PROTOCOL"), "yes")
	if len(args) > 0 && args[0] == "--proxy" {
		proxied, args = true, args[1:]
	}
	address := "127.0.0.1:6379"
	if port := os.Getenv("BASALT_PORT"); port != "" {
		address = "127.0.0.1:" + port
	}
	if len(args) > 0 {
		address = args[0]
	}
	network := "tcp"
	if strings.HasPrefix(address, "/") {
		network = "unix"
	}
	request := resp.AppendCommand(nil, []byte("PING"))
	if proxied {
		request = append([]byte("PROXY UNKNOWN\r\n"), request...)
	}
	line, err := askPing(network, address, request)
	if err != nil {
		fmt.Fprintln(os.Stderr, "basalt ping:", err)
		return 1
	}
	if line == "+PONG" || strings.HasPrefix(line, "-NOAUTH") {
		return 0
	}
	fmt.Fprintln(os.Stderr, "basalt ping:", line)
	return 1
}

func askPing(network, address string, request []byte) (string, error) {
	conn, err := net.DialTimeout(network, address, pingTimeout)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(pingTimeout))
	if _, err := conn.Write(request); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}
