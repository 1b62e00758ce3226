# Does this workflow hold no more than the manifest gives it?
#
# input: {file, triggers: [event], jobs: {name: {permissions: {scope: level} or null, environment, uses: [{action, ref}]}}},
# where null says that neither the job nor the workflow states any, and scope "*" is every scope;
# data.governance: the manifest.
package dynamic.workflow

import rego.v1

default allow := false

allow if {
	count(deny) == 0
	rules
	every name, job in input.jobs {
		rules.jobs[name]
		stated(job)
	}
}

rules := data.governance.workflows[input.file]

rank := {"none": 0, "read": 1, "write": 2}

# What the manifest gives a job; what it does not name is "none".
given(name, scope) := object.get(rules.jobs[name].permissions, scope, "none")

# Whether the token may do no more than the manifest says. A level that the table does not know is more.
within(name, scope, level) if rank[level] <= rank[given(name, scope)]

pinned(use) if regex.match(`^[0-9a-f]{40}$`, use.ref)

pinned(use) if {
	startswith(use.action, "docker://")
	regex.match(`^sha256:[0-9a-f]{64}$`, use.ref)
}

# It lies in this repository, so its commit is the workflow's own.
pinned(use) if startswith(use.action, "./")

stated(job) if is_object(job.permissions)

listed(use) if use.action in data.governance.uses

listed(use) if startswith(use.action, "./")

deny contains {
	"rule": "unknown_workflow",
	"path": "file",
	"value": input.file,
	"message": sprintf("the manifest does not know the workflow %v", [input.file]),
	"fix": "remove the workflow, or add it to the manifest (that is a policy.change)",
} if {
	not rules
}

deny contains {
	"rule": "unknown_job",
	"path": sprintf("jobs.%v", [name]),
	"value": name,
	"message": sprintf("the manifest does not know the job %v", [name]),
	"fix": "remove the job, or say in the manifest what it does (that is a policy.change)",
} if {
	rules
	some name, _ in input.jobs
	not rules.jobs[name]
}

deny contains {
	"rule": "unknown_trigger",
	"path": "triggers",
	"value": trigger,
	"message": sprintf("the manifest does not let %v start it", [trigger]),
	"fix": "remove the trigger, or add it to the manifest (that is a policy.change)",
} if {
	rules
	known := rules.triggers
	some trigger in input.triggers
	not trigger in known
}

deny contains {
	"rule": "permissions_not_stated",
	"path": sprintf("jobs.%v.permissions", [name]),
	"value": null,
	"message": "neither the job nor the workflow states permissions, so the repository's setting decides",
	"fix": "state `permissions:` in the job; `permissions: {}` at the top gives none by default",
} if {
	some name, job in input.jobs
	not stated(job)
}

deny contains {
	"rule": "permission_beyond_manifest",
	"path": sprintf("jobs.%v.permissions.%v", [name, scope]),
	"value": level,
	"message": sprintf("the token may %v %v, and the manifest gives %v", [level, scope, given(name, scope)]),
	"fix": sprintf("lower it to %v, or change the manifest first (that is a policy.change)", [given(name, scope)]),
} if {
	rules
	some name, job in input.jobs
	rules.jobs[name]
	stated(job)
	some scope, level in job.permissions
	not within(name, scope, level)
}

deny contains {
	"rule": "environment_left",
	"path": sprintf("jobs.%v.environment", [name]),
	"value": job.environment,
	"message": sprintf("the manifest puts this job into the environment %v, whose reviewers are asked first", [wanted]),
	"fix": sprintf("write `environment: %v` in the job", [wanted]),
} if {
	some name, job in input.jobs
	wanted := rules.jobs[name].environment
	wanted != ""
	job.environment != wanted
}

deny contains {
	"rule": "action_not_pinned",
	"path": sprintf("jobs.%v.uses[%d]", [name, i]),
	"value": sprintf("%v@%v", [use.action, use.ref]),
	"message": sprintf("%v is not held to a commit, so its owner can change what runs here", [use.action]),
	"fix": "write the 40 hexadecimal digits of a commit after the @, and its version in a comment",
} if {
	some name, job in input.jobs
	some i, use in job.uses
	not pinned(use)
}

deny contains {
	"rule": "action_not_listed",
	"path": sprintf("jobs.%v.uses[%d]", [name, i]),
	"value": use.action,
	"message": sprintf("the manifest does not list the action %v", [use.action]),
	"fix": "use a listed one, or add it to `uses` in the manifest (that is a policy.change)",
} if {
	some name, job in input.jobs
	some i, use in job.uses
	not listed(use)
}
