package command

var geoRows = []Row{}
