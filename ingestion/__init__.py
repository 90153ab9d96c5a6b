"""From a file that a council's system wrote to accepted, typed and pseudonymised rows, with a folder for each stage."""
