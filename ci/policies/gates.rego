# May this change go on, after what the gates found?
#
# input, as `./dynamic gate run --json` builds it: {
#   schema: "dynamic.gates/1", today: date, author, approvals: [person], only: null or [gate that was asked for],
#   gates: [{name, outcome, reason}],
#   findings: [{gate, rule, severity, message, fix, path, line, package: null or {ecosystem, name, version}, fixed_in,
#     fingerprint, owner, new, waiver: null or {reason, owner, expires}}],
#   waivers: [{fingerprint, reason, owner, expires, expired, used}],
#   change: {everything, base, files: [path]}, risk: null or {score}}
# Dates are YYYY-MM-DD. A person is a handle as the manifest has it; `author` is "" where nobody is named. A waiver's owner is
# a team or a member of a role. `fixed_in` is a version, "" where there is none yet, null where the gate does not say.
# data.gates: what blocks (data/gates.json, explained in docs/guides/gate-policy.md); data.governance: the manifest.
# A denial is {rule, path, value, message, fix}: `path` and `value` point into the input, or into data.gates.
package dynamic.gates

import rego.v1

default allow := false

# Said positively: input that no rule below foresaw is not let through.
allow if {
	sound
	count(deny) == 0
	count(undecided) == 0
	every name in wanted {
		name in ran
	}
	every gate in all_gates {
		settled(gate)
	}
	every finding in all_findings {
		harmless(finding)
	}
	every waiver in all_waivers {
		holds(waiver)
		not over(waiver)
	}
	count(approvers) >= approvals_needed
}

ran := {gate.name | some gate in all_gates}

asked(name) if type_name(input.only) == "null"

asked(name) if name in list(input, "only")

# The required gates that this run must show.
wanted := {name | some name, _ in object_of(settings, "required"); asked(name)}

# Whether the change has a file that the required gate would look at.
touched(gate) if {
	some file in list(object_of(input, "change"), "files")
	some start in settings.required[gate.name].starts
	startswith(file, start)
	some part in settings.required[gate.name].has
	contains(file, part)
	some end in settings.required[gate.name].ends
	endswith(file, end)
}

found_by := {found.gate | some found in all_findings}

must_pass(gate) if gate.name in settings.must_pass

shows_something(gate) if gate.name in found_by

settled(gate) if gate.outcome == "passed"

settled(gate) if {
	gate.outcome == "skipped"
	not touched(gate)
}

settled(gate) if {
	gate.outcome == "failed"
	shows_something(gate)
	not must_pass(gate)
}

deny contains {
	"rule": "gate_missing",
	"path": "gates",
	"value": name,
	"message": sprintf("the gate %v is required and did not run", [name]),
	"fix": sprintf("run it too: ./dynamic gate run --only %v shows what keeps it from running", [name]),
} if {
	sound
	some name in wanted
	not name in ran
}

deny contains {
	"rule": "gate_skipped",
	"path": sprintf("gates[%d].outcome", [i]),
	"value": gate.outcome,
	"message": sprintf("the gate %v was skipped, and the change has files for it", [gate.name]),
	"fix": sprintf("run it: ./dynamic gate run --only %v", [gate.name]),
} if {
	sound
	some i, gate in all_gates
	gate.outcome == "skipped"
	touched(gate)
}

deny contains {
	"rule": "gate_failed",
	"path": sprintf("gates[%d].outcome", [i]),
	"value": gate.outcome,
	"message": sprintf("the gate %v failed, and it must pass", [gate.name]),
	"fix": sprintf("mend what ./dynamic gate run --only %v shows", [gate.name]),
} if {
	sound
	some i, gate in all_gates
	gate.outcome == "failed"
	must_pass(gate)
}

deny contains {
	"rule": "gate_failed_without_finding",
	"path": sprintf("gates[%d].outcome", [i]),
	"value": gate.outcome,
	"message": sprintf("the gate %v failed and shows no finding, so nobody can tell what is wrong", [gate.name]),
	"fix": sprintf("look at what it says: ./dynamic gate run --only %v", [gate.name]),
} if {
	sound
	some i, gate in all_gates
	gate.outcome == "failed"
	not shows_something(gate)
	not must_pass(gate)
}

undecided contains {
	"rule": "gate_undecided",
	"path": sprintf("gates[%d].outcome", [i]),
	"value": gate.outcome,
	"message": sprintf("the gate %v could not decide: %v", [gate.name, gate.reason]),
	"fix": sprintf("give it what it lacks, then ./dynamic gate run --only %v", [gate.name]),
} if {
	sound
	some i, gate in all_gates
	gate.outcome == "undecided"
}

roles := object_of(data.governance, "roles")

people := {person | some role in roles; some person in list(role, "members")}

# Distinct people who count: in a role, and not the author. Without an author nobody can be told from the author.
approvers contains person if {
	input.author != ""
	some person in list(input, "approvals")
	person != input.author
	person in people
}

# The most that a step of the settings asks for at this risk.
approvals_needed := max({0} | {step.approvals | some step in list(settings, "risk"); input.risk.score >= step.from})

deny contains {
	"rule": "risk_needs_approvals",
	"path": "risk.score",
	"value": input.risk.score,
	"message": sprintf("the change's risk asks for more approvals than the %d that count", [count(approvers)]),
	"fix": "get more (data.gates.risk says how many) from people who are in a role and are not the author",
} if {
	sound
	count(approvers) < approvals_needed
}

# What blocks nothing, and should be known

warn contains {
	"rule": "known_findings",
	"path": "findings",
	"value": count(known),
	"message": sprintf("%d findings are known from the baseline", [count(known)]),
	"fix": "mend some of them, then ./dynamic gate baseline",
} if {
	sound
	known := [i | some i, found in all_findings; found.new == false]
	count(known) > 0
}

warn contains {
	"rule": "waived_findings",
	"path": "findings",
	"value": count(waived),
	"message": sprintf("%d new findings are waived", [count(waived)]),
	"fix": "mend them before their waivers expire",
} if {
	sound
	waived := [i | some i, found in all_findings; found.new == true; covered(found)]
	count(waived) > 0
}

warn contains {
	"rule": "waiver_unused",
	"path": sprintf("waivers[%d]", [i]),
	"value": waiver.fingerprint,
	"message": sprintf("the waiver of %v covers nothing", [waiver.fingerprint]),
	"fix": "remove it",
} if {
	sound
	some i, waiver in all_waivers
	waiver.used == false
}

warn contains {
	"rule": "partial_run",
	"path": "only",
	"value": input.only,
	"message": "not every gate was asked, so this is no leave to merge",
	"fix": "./dynamic gate run",
} if {
	sound
	type_name(input.only) == "array"
}
