package dynamic.action_test

import rego.v1

import data.dynamic.action

governance := {
	"roles": {
		"maintainer": {"members": ["ana", "bo"]},
		"security": {"members": ["goran", "hana"]},
		"ethics": {"members": ["ines"]},
	},
	"tiers": {
		"T0": {"approvals": 0, "roles": []},
		"T1": {"approvals": 1, "roles": []},
		"T3": {"approvals": 2, "roles": ["security", "ethics"]},
	},
	"actions": {"test": {"tier": "T0"}, "stage": {"tier": "T1"}, "release": {"tier": "T3"}},
}

rules(document) := found if {
	found := {denial.rule | some denial in action.deny} with input as document with data.governance as governance
}

allowed(document) if action.allow with input as document with data.governance as governance

test_an_automatic_action_needs_nobody if allowed({"action": "test", "author": "x", "approvals": []})

test_one_other_person_is_enough_for_t1 if allowed({"action": "stage", "author": "ana", "approvals": ["bo"]})

test_the_author_does_not_count if {
	rules({"action": "stage", "author": "ana", "approvals": ["ana"]}) == {"own_approval", "too_few_approvals"}
}

test_the_same_person_twice_counts_once if {
	rules({"action": "release", "author": "ana", "approvals": ["goran", "goran"]}) == {"too_few_approvals", "role_missing"}
}

test_each_role_must_speak if {
	rules({"action": "release", "author": "ana", "approvals": ["goran", "bo"]}) == {"role_missing"}
	allowed({"action": "release", "author": "ana", "approvals": ["goran", "ines"]})
}

test_a_stranger_does_not_count if {
	rules({"action": "stage", "author": "ana", "approvals": ["zoe"]}) == {"unknown_approver", "too_few_approvals"}
}

test_an_unknown_action_is_denied if {
	rules({"action": "dance", "author": "ana", "approvals": ["bo"]}) == {"unknown_action"}
}

test_one_person_in_two_roles_cannot_speak_for_both if {
	both := sharing
	found := {denial.rule | some denial in action.deny} with input as {
		"action": "release",
		"author": "ana",
		"approvals": ["goran", "ines"],
	}
		with data.governance as both
	found == {"one_person_two_roles"}
}

# goran is in ethics too.
sharing := {
	"roles": {"security": {"members": ["goran"]}, "ethics": {"members": ["goran", "ines"]}},
	"tiers": governance.tiers,
	"actions": governance.actions,
}

test_input_without_an_author_is_not_allowed if not allowed({"action": "test", "approvals": []})
