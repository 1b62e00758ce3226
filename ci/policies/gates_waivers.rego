# Part of gates.rego: which waivers hold. One does if somebody answers for it, for a reason, until a day that is not too far.
package dynamic.gates

import rego.v1

says(waiver, key) if regex.match(`[^ ]`, waiver[key])

midnight(date) := time.parse_rfc3339_ns(sprintf("%vT00:00:00Z", [date])) if is_day(date)

days_away(date) := (midnight(date) - midnight(input.today)) / 86400000000000

# Who may answer for a waiver: the teams and the people of the manifest's roles, whom CODEOWNERS names too.
answerable contains trim_prefix(role.team, "@") if {
	some role in roles
	is(role, "team", "string")
}

answerable contains person if some person in people

known_owner(waiver) if trim_prefix(waiver.owner, "@") in answerable

# It holds on its last day too.
holds(waiver) if {
	says(waiver, "reason")
	known_owner(waiver)
	waiver.expires >= input.today
	days_away(waiver.expires) <= settings.waiver_days
}

over(waiver) if waiver.expired == true

over(waiver) if waiver.expires < input.today

listed := {waiver.fingerprint | some waiver in all_waivers}

covered(found) if {
	holds(found.waiver)
	found.fingerprint in listed
}

deny contains {
	"rule": "waiver_expired",
	"path": sprintf("waivers[%d].expires", [i]),
	"value": waiver.expires,
	"message": sprintf("the waiver of %v expired on %v", [waiver.fingerprint, waiver.expires]),
	"fix": "mend the finding and remove the waiver, or have its owner renew it",
} if {
	sound
	some i, waiver in all_waivers
	over(waiver)
}

deny contains {
	"rule": "waiver_too_long",
	"path": sprintf("waivers[%d].expires", [i]),
	"value": waiver.expires,
	"message": sprintf("the waiver of %v ends later after %v than one may", [waiver.fingerprint, input.today]),
	"fix": "give it an earlier end (data.gates.waiver_days says which); it can be renewed",
} if {
	sound
	some i, waiver in all_waivers
	days_away(waiver.expires) > settings.waiver_days
}

deny contains {
	"rule": "waiver_without_reason",
	"path": sprintf("waivers[%d].reason", [i]),
	"value": waiver.reason,
	"message": sprintf("the waiver of %v gives no reason", [waiver.fingerprint]),
	"fix": "say why the finding may stay",
} if {
	sound
	some i, waiver in all_waivers
	not says(waiver, "reason")
}

deny contains {
	"rule": "waiver_without_owner",
	"path": sprintf("waivers[%d].owner", [i]),
	"value": waiver.owner,
	"message": sprintf("nobody answers for the waiver of %v", [waiver.fingerprint]),
	"fix": "name the person or team who answers for it",
} if {
	sound
	some i, waiver in all_waivers
	not says(waiver, "owner")
}

deny contains {
	"rule": "waiver_owner_unknown",
	"path": sprintf("waivers[%d].owner", [i]),
	"value": waiver.owner,
	"message": sprintf("nobody knows %v, who is to answer for the waiver of %v", [waiver.owner, waiver.fingerprint]),
	"fix": "name a team or a member of a role in ci/governance.yaml",
} if {
	sound
	some i, waiver in all_waivers
	says(waiver, "owner")
	not known_owner(waiver)
}

deny contains {
	"rule": "waiver_not_listed",
	"path": sprintf("findings[%d].waiver", [i]),
	"value": found.fingerprint,
	"message": sprintf("the finding %v has a waiver that is not among the waivers", [found.fingerprint]),
	"fix": "build the document with ./dynamic gate run --json",
} if {
	sound
	some i, found in all_findings
	type_name(found.waiver) == "object"
	fingerprint := found.fingerprint
	not fingerprint in listed
}
