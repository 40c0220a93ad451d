package command

var sortRows = []Row{}
