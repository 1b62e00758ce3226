package dynamic.ownership_test

import rego.v1

import data.dynamic.ownership

governance := {"roles": {
	"maintainer": {"members": ["ana", "bo"]},
	"security": {"members": ["goran", "hana"]},
}}

open_path := {"path": "README.md", "roles": ["maintainer", "security"], "protected": false}

protected_path := {"path": "ci/governance.yaml", "roles": ["maintainer", "security"], "protected": true}

asked(approvals, changes) := {"author": "ana", "approvals": approvals, "changes": changes}

rules(document) := found if {
	found := {denial.rule | some denial in ownership.deny} with input as document with data.governance as governance
}

allowed(document) if ownership.allow with input as document with data.governance as governance

test_one_owner_is_enough if allowed(asked(["goran"], [open_path]))

test_the_author_is_no_owner_of_the_own_change if rules(asked(["ana"], [open_path])) == {"owner_missing"}

test_a_protected_path_needs_each_role if {
	rules(asked(["goran"], [open_path, protected_path])) == {"protected_path"}
	allowed(asked(["goran", "bo"], [open_path, protected_path]))
}

test_what_nobody_owns_is_denied if {
	rules(asked(["bo"], [{"path": "x", "roles": [], "protected": false}])) == {"no_owner"}
}

test_a_change_that_says_nothing_of_protection_is_not_allowed if {
	not allowed(asked(["bo"], [{"path": "x", "roles": ["maintainer"]}]))
}
