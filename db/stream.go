package db

var streamObject objectOps
