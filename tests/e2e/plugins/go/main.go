package main

// int seven(void) { return 7; }
import "C"

import (
	"fmt"

	"github.com/google/uuid"
)

//go:generate sh -c "printf 'package main\\n\\nconst made = \"generated\"\\n' > made.go"

func main() {
	fmt.Println(uuid.NameSpaceDNS, C.seven(), made, loud)
}
