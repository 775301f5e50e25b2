#!/usr/bin/env node
console.log("two days are", require("ms")("2d"), "ms in Node", process.versions.node.split(".")[0]);
