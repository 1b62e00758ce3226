# For Conftest, which reads the package main and wants a `msg`: what gates.rego says. The policy itself stays as it is.
package main

import rego.v1

deny contains result(denial) if some denial in data.dynamic.gates.deny

deny contains result(denial) if some denial in data.dynamic.gates.undecided

deny contains {"msg": "data.dynamic.gates.allow is not true, and no rule says why"} if {
	count(data.dynamic.gates.deny | data.dynamic.gates.undecided) == 0
	not data.dynamic.gates.allow
}

warn contains result(warning) if some warning in data.dynamic.gates.warn

result(said) := {
	"msg": sprintf("%v: %v (%v); fix: %v", [said.rule, said.message, said.path, said.fix]),
	"rule": said.rule,
	"path": said.path,
	"value": said.value,
}
