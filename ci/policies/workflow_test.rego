package dynamic.workflow_test

import rego.v1

import data.dynamic.workflow

file := ".github/workflows/a.yml"

sha := "de0fac2e4500dabe0009e67214ff5f5447ce83dd"

governance := {
	"workflows": {file: {
		"triggers": ["push"],
		"jobs": {"build": {"permissions": {"contents": "read", "packages": "write"}, "environment": "staging"}},
	}},
	"uses": ["actions/checkout"],
}

good := {
	"permissions": {"contents": "read", "packages": "read"},
	"environment": "staging",
	"uses": [{"action": "actions/checkout", "ref": sha}, {"action": "./.github/actions/x", "ref": ""}],
}

asked(triggers, jobs) := {"file": file, "triggers": triggers, "jobs": jobs}

rules(document) := found if {
	found := {denial.rule | some denial in workflow.deny} with input as document with data.governance as governance
}

with_permissions(permissions) := {"permissions": permissions, "environment": "staging", "uses": []}

with_use(action, ref) := {"permissions": {}, "environment": "staging", "uses": [{"action": action, "ref": ref}]}

test_what_the_manifest_gives_is_allowed if {
	workflow.allow with input as asked(["push"], {"build": good}) with data.governance as governance
}

test_an_unknown_workflow_is_denied if {
	rules({"file": "b.yml", "triggers": [], "jobs": {}}) == {"unknown_workflow"}
}

test_an_unknown_job_and_trigger_are_denied if {
	rules(asked(["pull_request_target"], {"build": good, "other": good})) == {"unknown_trigger", "unknown_job"}
}

test_a_permission_beyond_the_manifest_is_denied if {
	every permissions in [{"contents": "write"}, {"issues": "read"}, {"*": "read"}, {"contents": "admin"}] {
		rules(asked(["push"], {"build": with_permissions(permissions)})) == {"permission_beyond_manifest"}
	}
}

test_permissions_must_be_stated if {
	rules(asked(["push"], {"build": with_permissions(null)})) == {"permissions_not_stated"}
}

test_the_environment_must_be_the_manifests if {
	job := {"permissions": {}, "environment": "", "uses": []}
	rules(asked(["push"], {"build": job})) == {"environment_left"}
}

test_a_tag_or_a_short_commit_is_no_pin if {
	every ref in ["v4", "main", "de0fac2e", "", "DE0FAC2E4500DABE0009E67214FF5F5447CE83DD"] {
		rules(asked(["push"], {"build": with_use("actions/checkout", ref)})) == {"action_not_pinned"}
	}
}

test_an_unlisted_action_is_denied if {
	rules(asked(["push"], {"build": with_use("evil/checkout", sha)})) == {"action_not_listed"}
}
