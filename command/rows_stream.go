package command

var streamRows = []Row{}
