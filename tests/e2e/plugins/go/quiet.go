//go:build !loud

package main

const loud = "quiet"
