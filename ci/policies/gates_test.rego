package dynamic.gates_test

import rego.v1

import data.dynamic.gates

governance := {"roles": {
	"maintainer": {"team": "@o/all", "members": ["ana", "bo"]},
	"security": {"team": "@o/security", "members": ["goran"]},
}}

settings := {
	"block_at": "high",
	"kinds": {
		"secret": {"gates": ["leaks"], "rules": ["secret:"], "except": ["not-read"]},
		"vulnerability": {"gates": ["pins"], "rules": ["CVE-"], "except": []},
		"licence": {"gates": ["terms"], "rules": ["licence:"], "except": []},
	},
	"vulnerability_block_at": "medium",
	"waiver_days": 90,
	"must_pass": ["pytest"],
	"required": {"ruff": {"starts": ["src/", "tests/"], "has": ["/a"], "ends": [".py"]}, "leaks": {"starts": [""], "has": [""], "ends": [""]}},
	"risk": [{"from": 0.5, "approvals": 1}, {"from": 0.9, "approvals": 2}],
}

good := {
	"schema": "dynamic.gates/1",
	"today": "2026-11-30",
	"author": "ana",
	"approvals": [],
	"only": null,
	"gates": [passed("ruff"), passed("leaks"), passed("pins"), passed("terms"), passed("pytest"), passed("style")],
	"findings": [],
	"waivers": [],
	"change": {"everything": false, "base": "main", "files": ["src/a.py", "README.md"]},
	"risk": null,
}

passed(name) := {"name": name, "outcome": "passed", "reason": ""}

harmless := {
	"gate": "style",
	"rule": "E1",
	"severity": "low",
	"message": "m",
	"fix": "f",
	"path": "src/a.py",
	"line": 3,
	"package": null,
	"fixed_in": null,
	"fingerprint": "0a",
	"owner": "maintainer",
	"new": true,
	"waiver": null,
}

pin := {"ecosystem": "PyPI", "name": "x", "version": "1.0"}

cover := {"reason": "r", "owner": "ana", "expires": "2026-12-31"}

waiver := {
	"fingerprint": "0a",
	"reason": "r",
	"owner": "ana",
	"expires": "2026-12-31",
	"expired": false,
	"used": true,
}

# `good` with some keys of its own.
but(changes) := {key: value |
	some key, old in good
	value := object.get(changes, key, old)
}

finding(changes) := {key: value |
	some key, old in harmless
	value := object.get(changes, key, old)
}

found(changes) := but({"findings": [finding(changes)]})

waived(changes) := {key: value |
	some key, old in waiver
	value := object.get(changes, key, old)
}

without(thing, gone) := {key: value |
	some key, value in thing
	key != gone
}

gate(name, outcome) := but({"gates": [{"name": old.name, "outcome": shown, "reason": "no database"} |
	some old in good.gates
	shown := object.get({name: outcome}, old.name, old.outcome)
]})

rules(document) := {denial.rule |
	some denial in gates.deny with input as document with data.governance as governance with data.gates as settings
}

denied(document) := {[denial.rule, denial.path, denial.value] |
	some denial in gates.deny with input as document with data.governance as governance with data.gates as settings
}

undecided(document) := {[denial.rule, denial.path] |
	some denial in gates.undecided with input as document
		with data.governance as governance
		with data.gates as settings
}

warned(document) := {[warning.rule, warning.value] |
	some warning in gates.warn with input as document with data.governance as governance with data.gates as settings
}

allowed(document) if {
	gates.allow with input as document with data.governance as governance with data.gates as settings
}

test_what_every_gate_passed_is_allowed if {
	allowed(good)
	rules(good) == set()
}

# A waiver of each fault, findings of each kind, gates of each outcome, and a risk: everything speaks but on the document.
worst := but({
	"gates": [
		{"name": "leaks", "outcome": "skipped", "reason": ""},
		{"name": "pytest", "outcome": "failed", "reason": ""},
		{"name": "style", "outcome": "failed", "reason": ""},
		{"name": "pins", "outcome": "undecided", "reason": ""},
		passed("terms"),
	],
	"findings": [
		finding({"gate": "terms", "severity": "high"}),
		finding({"gate": "leaks", "waiver": cover}),
		finding({"gate": "pins", "severity": "high", "package": pin}),
		finding({"gate": "ghost", "new": false}),
		finding({"gate": "terms", "fingerprint": "ok", "waiver": cover}),
	],
	"waivers": [
		{"fingerprint": "1", "reason": "", "owner": " ", "expires": "2026-01-01", "expired": true, "used": false},
		{"fingerprint": "2", "reason": "r", "owner": "o", "expires": "2028-01-01", "expired": false, "used": false},
		waived({"fingerprint": "ok"}),
	],
	"only": ["ruff", "style"],
	"risk": {"score": 1},
})

spoken(document) := rules(document) | {rule | some [rule, _] in undecided(document)} | {rule | some [rule, _] in warned(document)}

test_a_document_that_cannot_be_read_is_told_only_that if {
	count(spoken(worst)) == 21
	spoken(but({
		"gates": worst.gates,
		"findings": worst.findings,
		"waivers": worst.waivers,
		"only": ["ruff"],
		"risk": {"score": 1},
		"author": 7,
	})) == {"malformed"}
}

test_what_is_denied_is_false_and_not_only_undefined if {
	document := found({"severity": "high"})
	gates.allow == false with input as document with data.governance as governance with data.gates as settings
}

# What `allow` says again of each part, beside the rules that deny it.

settled(gate_, document) if {
	gates.settled(gate_) with input as document with data.governance as governance with data.gates as settings
}

test_a_gate_is_settled_only_where_nothing_is_open if {
	document := found({"gate": "terms"})
	every gate_ in [
		passed("ruff"),
		{"name": "style", "outcome": "skipped", "reason": ""},
		{"name": "terms", "outcome": "failed", "reason": ""},
	] {
		settled(gate_, document)
	}
	every gate_ in [
		{"name": "ruff", "outcome": "skipped", "reason": ""},
		{"name": "style", "outcome": "failed", "reason": ""},
		{"name": "pytest", "outcome": "failed", "reason": ""},
		{"name": "terms", "outcome": "undecided", "reason": ""},
		{"name": "style", "outcome": "undecided", "reason": ""},
		{"name": "terms", "outcome": "ok", "reason": ""},
	] {
		not settled(gate_, document)
	}
	not settled({"name": "pytest", "outcome": "failed", "reason": ""}, found({"gate": "pytest"}))
}

harmless_(changes) if {
	found_ := finding(changes)
	gates.harmless(found_) with input as good with data.governance as governance with data.gates as settings
}

test_a_finding_is_harmless_only_where_no_rule_is_about_it if {
	harmless_({})
	every change in [
		{"severity": "high"},
		{"severity": "HIGH"},
		{"gate": "leaks"},
		{"gate": "terms"},
		{"gate": "pins", "severity": "medium", "package": pin},
		{"gate": "leaks", "new": "yes"},
	] {
		not harmless_(change)
	}
}

# Findings

test_a_new_severe_finding_is_denied if {
	every severity in ["critical", "high"] {
		denied(found({"severity": severity})) == {["severe_finding", "findings[0].severity", severity]}
	}
	every severity in ["medium", "low", "info"] {
		allowed(found({"severity": severity}))
	}
}

test_a_new_secret_is_denied_whatever_its_severity if {
	denied(found({"gate": "leaks", "severity": "info"})) == {["new_secret", "findings[0].rule", "E1"]}
	rules(found({"rule": "secret:aws", "severity": "low"})) == {"new_secret"}
	not allowed(found({"gate": "leaks", "severity": "info"}))
	allowed(found({"gate": "leaks", "rule": "not-read"}))
	rules(found({"gate": "leaks", "rule": "not-read", "severity": "high"})) == {"severe_finding"}
}

test_a_vulnerable_pin_with_a_fix_is_denied_from_medium_on if {
	bad := {"rule": "CVE-2026-1", "severity": "medium", "package": pin, "fixed_in": "1.1"}
	denied(found(bad)) == {["vulnerable_pin", "findings[0].package", pin]}
	every change in [{"severity": "low"}, {"fixed_in": ""}, {"package": null}, {"rule": "E1"}] {
		allowed(found({key: value |
			some key, old in bad
			value := object.get(change, key, old)
		}))
	}
	rules(found({"gate": "pins", "severity": "medium", "package": pin, "fixed_in": "2"})) == {"vulnerable_pin"}
}

test_a_vulnerability_that_says_nothing_of_a_fix_is_taken_to_have_one if {
	rules(found({"gate": "pins", "severity": "medium", "package": pin})) == {"vulnerable_pin"}
}

test_a_refused_licence_is_denied if {
	denied(found({"gate": "terms"})) == {["refused_licence", "findings[0].rule", "E1"]}
	rules(found({"rule": "licence:AGPL-3.0"})) == {"refused_licence"}
}

test_what_the_baseline_knows_blocks_nothing_and_is_counted if {
	known := found({"gate": "leaks", "severity": "critical", "new": false})
	allowed(known)
	warned(known) == {["known_findings", 1]}
	warned(good) == set()
}

test_a_finding_of_a_gate_that_did_not_run_is_denied if {
	denied(found({"gate": "ghost"})) == {["finding_of_no_gate", "findings[0].gate", "ghost"]}
}

# Waivers

severe(changes) := but({
	"findings": [finding({"severity": "high", "waiver": without(without(without(waived(changes), "fingerprint"), "expired"), "used")})],
	"waivers": [waived(changes)],
})

test_a_waiver_covers_until_its_last_day if {
	every day in ["2026-11-30", "2026-12-31", "2027-02-28"] {
		allowed(severe({"expires": day}))
	}
	warned(severe({})) == {["waived_findings", 1]}
}

test_an_expired_waiver_covers_nothing_and_is_denied if {
	rules(severe({"expires": "2026-11-29"})) == {"severe_finding", "waiver_expired"}
	denied(but({"waivers": [waived({"expires": "2026-11-29"})]})) == {["waiver_expired", "waivers[0].expires", "2026-11-29"]}
	rules(but({"waivers": [waived({"expired": true})]})) == {"waiver_expired"}
}

test_a_waiver_lasts_ninety_days_at_most if {
	rules(severe({"expires": "2027-03-01"})) == {"severe_finding", "waiver_too_long"}
	denied(but({"waivers": [waived({"expires": "2027-03-01"})]})) == {["waiver_too_long", "waivers[0].expires", "2027-03-01"]}
}

test_a_waiver_needs_a_reason_and_an_owner if {
	every blank in ["", " ", "   "] {
		rules(severe({"reason": blank})) == {"severe_finding", "waiver_without_reason"}
		rules(severe({"owner": blank})) == {"severe_finding", "waiver_without_owner"}
		denied(but({"waivers": [waived({"reason": blank})]})) == {["waiver_without_reason", "waivers[0].reason", blank]}
		denied(but({"waivers": [waived({"owner": blank})]})) == {["waiver_without_owner", "waivers[0].owner", blank]}
	}
}

test_a_waiver_is_answered_for_by_a_team_or_a_person_of_a_role if {
	every owner in ["ana", "@ana", "@o/security", "o/all", "goran"] {
		allowed(severe({"owner": owner}))
	}
	every owner in ["zoe", "@o/none", "@@ana", "maintainer", "ana bo", " ana"] {
		rules(severe({"owner": owner})) == {"severe_finding", "waiver_owner_unknown"}
		denied(but({"waivers": [waived({"owner": owner})]})) == {["waiver_owner_unknown", "waivers[0].owner", owner]}
		not allowed(but({"waivers": [waived({"owner": owner})]}))
	}
}

test_a_role_without_a_team_has_its_members if {
	nobody := {"roles": {"a": {"members": ["ana"]}, "b": {"team": 7, "members": []}}}
	gates.allow with input as severe({"owner": "ana"}) with data.governance as nobody with data.gates as settings
	not gates.allow with input as severe({"owner": "7"}) with data.governance as nobody with data.gates as settings
}

test_a_waiver_that_is_not_listed_covers_nothing if {
	denied(found({"waiver": cover})) == {["waiver_not_listed", "findings[0].waiver", "0a"]}
	rules(found({"severity": "high", "waiver": cover})) == {"severe_finding", "waiver_not_listed"}
}

test_an_unused_waiver_only_warns if {
	document := but({"waivers": [waived({"used": false})]})
	allowed(document)
	warned(document) == {["waiver_unused", "0a"]}
}

# Gates

test_a_required_gate_must_run if {
	document := but({"gates": [passed("leaks"), passed("style")]})
	denied(document) == {["gate_missing", "gates", "ruff"]}
	not allowed(document)
}

test_a_run_that_was_asked_for_some_gates_needs_only_those_and_says_so if {
	document := but({"gates": [passed("ruff")], "only": ["ruff"]})
	allowed(document)
	warned(document) == {["partial_run", ["ruff"]]}
	rules(but({"gates": [], "only": ["ruff"]})) == {"gate_missing"}
}

test_a_required_gate_may_not_be_skipped_while_its_files_change if {
	denied(gate("ruff", "skipped")) == {["gate_skipped", "gates[0].outcome", "skipped"]}
	not allowed(gate("ruff", "skipped"))
	allowed(gate("style", "skipped"))
}

test_a_required_gate_without_a_file_may_be_skipped if {
	every file in ["src/a.cl", "docs/a.py", "README.md", "src/b.py"] {
		allowed(but({
			"gates": [{"name": "ruff", "outcome": "skipped", "reason": ""}, passed("leaks")],
			"change": {"everything": false, "base": "main", "files": [file]},
		}))
	}
}

test_some_gates_must_pass if {
	denied(gate("pytest", "failed")) == {["gate_failed", "gates[4].outcome", "failed"]}
	known := object.get(gate("pytest", "failed"), "gates", [])
	rules(but({"gates": known, "findings": [finding({"gate": "pytest", "new": false})]})) == {"gate_failed"}
}

test_a_gate_that_failed_says_why if {
	denied(gate("style", "failed")) == {["gate_failed_without_finding", "gates[5].outcome", "failed"]}
	gates_ := object.get(gate("style", "failed"), "gates", [])
	allowed(but({"gates": gates_, "findings": [harmless]}))
}

test_a_gate_that_could_not_decide_is_neither_a_denial_nor_a_yes if {
	document := gate("style", "undecided")
	undecided(document) == {["gate_undecided", "gates[5].outcome"]}
	rules(document) == set()
	not allowed(document)
}

# Risk

risky(score, approvals) := but({"risk": {"score": score}, "approvals": approvals})

test_a_risky_change_needs_approvals if {
	denied(risky(0.5, [])) == {["risk_needs_approvals", "risk.score", 0.5]}
	allowed(risky(0.49, []))
	allowed(risky(0.5, ["bo"]))
	rules(risky(0.9, ["bo"])) == {"risk_needs_approvals"}
	allowed(risky(0.9, ["bo", "goran"]))
}

test_only_others_who_are_in_a_role_count_and_each_once if {
	every approvals in [["ana"], ["zoe"], ["ana", "zoe"]] {
		rules(risky(0.5, approvals)) == {"risk_needs_approvals"}
	}
	rules(risky(0.9, ["bo", "bo"])) == {"risk_needs_approvals"}
}

test_without_an_author_no_approval_counts if {
	rules(but({"risk": {"score": 0.5}, "approvals": ["bo"], "author": ""})) == {"risk_needs_approvals"}
}

# The document

test_each_missing_key_is_named if {
	every key, _ in good {
		denied(without(good, key)) == {["malformed", key, null]}
	}
	every key, _ in harmless {
		path := sprintf("findings[0].%v", [key])
		denied(but({"findings": [without(harmless, key)]})) == {["malformed", path, null]}
	}
	every key, _ in waiver {
		path := sprintf("waivers[0].%v", [key])
		denied(but({"waivers": [without(waiver, key)]})) == {["malformed", path, null]}
	}
	every key, _ in cover {
		path := sprintf("findings[0].waiver.%v", [key])
		denied(found({"waiver": without(cover, key)})) == {["malformed", path, null]}
	}
	every key, _ in pin {
		path := sprintf("findings[0].package.%v", [key])
		denied(found({"package": without(pin, key)})) == {["malformed", path, null]}
	}
	every key, _ in good.change {
		path := sprintf("change.%v", [key])
		denied(but({"change": without(good.change, key)})) == {["malformed", path, null]}
	}
	every key, _ in passed("ruff") {
		path := sprintf("gates[0].%v", [key])
		denied(but({"gates": [without(passed("ruff"), key)]})) == {["malformed", path, null]}
	}
	denied(but({"risk": {}})) == {["malformed", "risk.score", null]}
}

test_each_key_of_another_kind_is_named_with_its_value if {
	every key, _ in good {
		denied(but({key: 7})) == {["malformed", key, 7]}
	}
	every key, _ in harmless {
		path := sprintf("findings[0].%v", [key])
		denied(found({key: [1]})) == {["malformed", path, [1]]}
	}
	every key, _ in waiver {
		path := sprintf("waivers[0].%v", [key])
		denied(but({"waivers": [waived({key: {}})]})) == {["malformed", path, {}]}
	}
	denied(but({"gates": [7]})) == {["malformed", sprintf("gates[0].%v", [key]), null] | some key in ["name", "outcome", "reason"]}
}

test_an_entry_that_is_no_text_is_named if {
	denied(but({"approvals": ["bo", null]})) == {["entry_not_text", "approvals[1]", null]}
	denied(but({"only": [1]})) == {["entry_not_text", "only[0]", 1]}
	change := {"everything": false, "base": "", "files": [["a"]]}
	denied(but({"change": change})) == {["entry_not_text", "change.files[0]", ["a"]]}
}

test_an_unknown_word_is_named if {
	denied(but({"schema": "dynamic.gates/2"})) == {["unknown_word", "schema", "dynamic.gates/2"]}
	denied(found({"severity": "HIGH"})) == {["unknown_word", "findings[0].severity", "HIGH"]}
	denied(gate("style", "ok")) == {["unknown_word", "gates[5].outcome", "ok"]}
}

test_a_person_in_another_spelling_is_named if {
	every name in ["Ana", "@ana", "ana ", "ana\n", "a_b", "-a", "a-", "a--b", "аna"] {
		denied(but({"author": name})) == {["no_handle", "author", name]}
		denied(but({"approvals": ["bo", name]})) == {["no_handle", "approvals[1]", name]}
	}
	denied(but({"approvals": [""]})) == {["no_handle", "approvals[0]", ""]}
	allowed(but({"author": "a-1", "approvals": ["0", "dependabot"]}))
}

test_a_day_that_does_not_exist_is_named if {
	every date in ["2026-02-29", "2026-04-31", "2026-13-01", "2026-1-01", "2026-12-00", "2100-01-01", "soon", "", "2026-12-31\n"] {
		denied(but({"today": date})) == {["no_date", "today", date]}
		denied(but({"waivers": [waived({"expires": date})]})) == {["no_date", "waivers[0].expires", date]}
		not allowed(but({"waivers": [waived({"expires": date})]}))
	}
	denied(found({"waiver": {"reason": "r", "owner": "o", "expires": "x"}})) == {["no_date", "findings[0].waiver.expires", "x"]}
	allowed(but({"today": "2028-02-29"}))
}

# The settings

under(document) := {[denial.rule, denial.path] |
	some denial in gates.deny with input as good with data.governance as governance with data.gates as document
}

set_to(changes) := under({key: value |
	some key, old in settings
	value := object.get(changes, key, old)
})

test_without_settings_nothing_is_allowed if {
	every key, _ in settings {
		under(without(settings, key)) == {["malformed", sprintf("data.gates.%v", [key])]}
	}
	every nothing in [null, [], 7, {}] {
		count(under(nothing)) == count(settings)
		not gates.allow with input as good with data.governance as governance with data.gates as nothing
	}
}

test_a_mistake_in_the_settings_is_named if {
	set_to({"block_at": "worst"}) == {["unknown_word", "data.gates.block_at"]}
	set_to({"vulnerability_block_at": ""}) == {["unknown_word", "data.gates.vulnerability_block_at"]}
	set_to({"must_pass": [7]}) == {["entry_not_text", "data.gates.must_pass[0]"]}
	set_to({"kinds": without(settings.kinds, "secret")}) == {["malformed", "data.gates.kinds.secret"]}
	set_to({"required": {"a": {"starts": ["a"], "has": []}}}) == {["malformed", "data.gates.required.a.ends"]}
	set_to({"required": {"a": {"starts": [1], "has": [], "ends": [""]}}}) == {["entry_not_text", "data.gates.required.a.starts[0]"]}
	set_to({"risk": [{"from": 1}]}) == {["malformed", "data.gates.risk[0].approvals"]}
	broken := {"secret": {"gates": [], "except": []}, "vulnerability": settings.kinds.vulnerability, "licence": settings.kinds.licence}
	set_to({"kinds": broken}) == {["malformed", "data.gates.kinds.secret.rules"]}
}
