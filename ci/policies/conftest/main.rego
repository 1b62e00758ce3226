# For Conftest, which reads the package main and wants a `msg`: what gates.rego says. The policy itself stays as it is.
package main

import rego.v1

default governance := {}

governance := data.governance

# Conftest puts what `--data ci/governance.yaml` holds at the root.
governance := {"roles": data.roles} if not data.governance

deny contains result(denial) if some denial in data.dynamic.gates.deny with data.governance as governance

deny contains result(denial) if some denial in data.dynamic.gates.undecided with data.governance as governance

# A policy that is not there, or breaks, says nothing; and nothing is no yes.
deny contains {"msg": "data.dynamic.gates.allow is not true, and no rule says why"} if {
	not allowed
	not explained
}

allowed if data.dynamic.gates.allow == true with data.governance as governance

explained if {
	some denial in data.dynamic.gates.deny with data.governance as governance
	result(denial)
}

explained if {
	some denial in data.dynamic.gates.undecided with data.governance as governance
	result(denial)
}

warn contains result(warning) if some warning in data.dynamic.gates.warn with data.governance as governance

result(said) := {
	"msg": sprintf("%v: %v (%v); fix: %v", [said.rule, said.message, said.path, said.fix]),
	"rule": said.rule,
	"path": said.path,
	"value": said.value,
}
