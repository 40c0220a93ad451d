package db

var hashObject objectOps
