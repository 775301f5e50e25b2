module rockbuild.invalid/pebble // never published: it only pins what is built

go 1.26.5

require github.com/canonical/pebble v1.32.1
