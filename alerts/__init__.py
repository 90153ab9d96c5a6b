"""Who is told what: owners of sources what to mend, engineers what broke, the board's officer what a publication lacks."""
