package command

var dumpRows = []Row{}
