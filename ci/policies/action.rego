# May this person do this? The tier of the action says how many must agree, and who.
#
# input: {action, author, approvals: [person]}; data.governance: the manifest. Handles are lower-case, without "@".
# A denial is {rule, path, value, message, fix}: `path` and `value` point into the input.
package dynamic.action

import rego.v1

default allow := false

# Said positively: input that no rule below foresaw is not let through.
allow if {
	count(deny) == 0
	is_string(input.author)
	count(approvers) >= tier.approvals
	every role in tier.roles {
		count(approvers & people(role)) > 0
	}
}

tier := data.governance.tiers[data.governance.actions[input.action].tier]

people(role) := {person | some person in data.governance.roles[role].members}

# Distinct people who count: in a role, and not the author.
approvers contains person if {
	some person in input.approvals
	person != input.author
	some role, _ in data.governance.roles
	person in people(role)
}

deny contains {
	"rule": "unknown_action",
	"path": "action",
	"value": input.action,
	"message": sprintf("the manifest has no action %v", [input.action]),
	"fix": sprintf("use one of %v", [concat(", ", sort(object.keys(data.governance.actions)))]),
} if {
	not data.governance.actions[input.action]
}

deny contains {
	"rule": "own_approval",
	"path": sprintf("approvals[%d]", [i]),
	"value": person,
	"message": sprintf("%v made the change and may not approve it", [person]),
	"fix": "have somebody else approve",
} if {
	some i, person in input.approvals
	person == input.author
}

deny contains {
	"rule": "unknown_approver",
	"path": sprintf("approvals[%d]", [i]),
	"value": person,
	"message": sprintf("%v is in no role of the manifest", [person]),
	"fix": "leave the approval out, or add the person to a role (that is a policy.change)",
} if {
	some i, person in input.approvals
	every role, _ in data.governance.roles {
		members := people(role)
		not person in members
	}
}

deny contains {
	"rule": "too_few_approvals",
	"path": "approvals",
	"value": input.approvals,
	"message": sprintf("%v is %v: it needs %d approvals and has %d that count", [
		input.action,
		data.governance.actions[input.action].tier,
		tier.approvals,
		count(approvers),
	]),
	"fix": sprintf("get %d more, from people other than %v", [tier.approvals - count(approvers), input.author]),
} if {
	count(approvers) < tier.approvals
}

deny contains {
	"rule": "role_missing",
	"path": "approvals",
	"value": input.approvals,
	"message": sprintf("nobody of the role %v approved", [role]),
	"fix": sprintf("ask one of %v", [concat(", ", sort(people(role) - {input.author}))]),
} if {
	some role in tier.roles
	count(approvers & people(role)) == 0
}

# The manifest's reader refuses roles of a tier that share a member; this holds whoever supplies the data.
deny contains {
	"rule": "one_person_two_roles",
	"path": "approvals",
	"value": person,
	"message": sprintf("%v would speak for %v, which must be different people", [person, concat(" and ", sort(held))]),
	"fix": "have each role's approval come from a person of its own",
} if {
	some person in approvers
	held := {role | some role in tier.roles; person in people(role)}
	count(held) > 1
}
