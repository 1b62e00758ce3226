# Have the owners of what changed agreed? One owner is enough; of a protected path, one of each role.
#
# input: {author, approvals: [person], changes: [{path, roles: [role], protected}]}, with the owners of each path as the
# manifest's last match gives them; data.governance: the manifest.
package dynamic.ownership

import rego.v1

default allow := false

allow if {
	count(deny) == 0
	is_string(input.author)
	every change in input.changes {
		settled(change)
	}
}

people(role) := {person | some person in data.governance.roles[role].members}

approvers := {person | some person in input.approvals; person != input.author}

# The owning roles that somebody spoke for.
speaking(change) := {role | some role in change.roles; count(approvers & people(role)) > 0}

settled(change) if {
	change.protected == true
	count(change.roles) > 0
	every role in change.roles {
		role in speaking(change)
	}
}

settled(change) if {
	change.protected == false
	count(speaking(change)) > 0
}

deny contains {
	"rule": "no_owner",
	"path": sprintf("changes[%d]", [i]),
	"value": change.path,
	"message": sprintf("nobody owns %v", [change.path]),
	"fix": "give the path an owner in the manifest (that is a policy.change)",
} if {
	some i, change in input.changes
	count(change.roles) == 0
}

deny contains {
	"rule": "owner_missing",
	"path": sprintf("changes[%d]", [i]),
	"value": change.path,
	"message": sprintf("no owner of %v approved", [change.path]),
	"fix": sprintf("ask somebody of %v", [concat(" or ", sort(change.roles))]),
} if {
	some i, change in input.changes
	change.protected == false
	count(change.roles) > 0
	count(speaking(change)) == 0
}

deny contains {
	"rule": "protected_path",
	"path": sprintf("changes[%d]", [i]),
	"value": change.path,
	"message": sprintf("%v is protected and nobody of the role %v approved", [change.path, role]),
	"fix": sprintf("ask one of %v", [concat(", ", sort(people(role) - {input.author}))]),
} if {
	some i, change in input.changes
	change.protected == true
	some role in change.roles
	heard := speaking(change)
	not role in heard
}
