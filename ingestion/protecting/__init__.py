"""Personal data becomes pseudonyms and broad groups before anything is stored."""
