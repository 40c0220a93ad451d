package db

var listObject objectOps
