#include <cstdint>

#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"
#include "identity/erasure.h"
#include "identity/invitation.h"
#include "identity/member.h"
#include "identity/password.h"

// Who belongs to an organization, and who is asked to.
namespace drydock::api {
namespace {

using namespace http;

const std::string kMembers = "/api/v2/members";
const std::string kInvitations = "/api/v2/invitations";
const std::string kOrganizations = "/api/v2/organizations";

Schema role_schema() {
    return text(plain).one_of({"owner", "admin", "member", "viewer"});
}

Schema member_schema() {
    return object(
        "Member",
        "Somebody who belongs to the organization.",
        {
            {"user_id", text(plain).uuid().id_of("member"), Presence::output},
            {"email", text(personal).nullable(), Presence::output},
            {"name", text(personal), Presence::output},
            {"kind", text(plain).one_of({"person", "service"}), Presence::output},
            {"role", role_schema(), Presence::output},
            {"status", text(plain), Presence::output},
            {"joined_at", text(plain).date_time(), Presence::output},
        }
    );
}

json::object to_json(const identity::Member& member) {
    return {
        {"user_id", member.user_id},
        {"email", text_or_null(member.email)},
        {"name", member.display_name},
        {"kind", member.kind},
        {"role", member.role},
        {"status", member.status},
        {"joined_at", member.joined_at},
    };
}

std::vector<Field> invitation_fields() {
    return {
        {"id", text(plain).uuid().id_of("invitation"), Presence::output},
        {"email", text(personal), Presence::output},
        {"role", role_schema(), Presence::output},
        {"created_at", text(plain).date_time(), Presence::output},
        {"expires_at", text(plain).date_time(), Presence::output},
    };
}

json::object to_json(const identity::Invitation& invitation) {
    return {
        {"id", invitation.id},
        {"email", invitation.email},
        {"role", invitation.role},
        {"created_at", invitation.created_at},
        {"expires_at", invitation.expires_at},
    };
}

Schema membership_schema() {
    return object(
        "Membership",
        "An organization that you belong to.",
        {
            {"id", text(plain).uuid().id_of("organization"), Presence::output},
            {"slug", text(plain).length(1, 63).matches(kSlug), Presence::required},
            {"name", text(plain).length(1, 200), Presence::required},
            {"status", text(plain).one_of({"active", "suspended", "closed"}), Presence::output},
            {"role", role_schema(), Presence::output},
        }
    );
}

json::object to_json(const identity::Membership& membership) {
    return {
        {"id", membership.id},
        {"slug", membership.slug},
        {"name", membership.name},
        {"status", membership.status},
        {"role", membership.role},
    };
}

template <class T>
Reply all(const std::vector<T>& rows) {
    json::array items;
    for (const auto& row : rows) items.push_back(to_json(row));
    return Reply::page(std::move(items), {});
}

Schema accepted_schema() {
    return object(
        "Accepted",
        "Where you belong now.",
        {
            {"user_id", text(plain).uuid().not_an_object(), Presence::output},
            {"organization_id", text(plain).uuid().not_an_object(), Presence::output},
            {"role", role_schema(), Presence::output},
        }
    );
}

Reply accepted(const identity::Accepted& accepted) {
    return Reply{json::object{
        {"user_id", accepted.user_id}, {"organization_id", accepted.organization_id}, {"role", accepted.role}
    }};
}

Result<Reply> join(const Services& services, Call& call) {
    const Secret token{text_field(call, "token")};
    DRYDOCK_TRY(
        const auto done,
        identity::accept_invitation(services.identity, who(call).identity, token, peer(call), call.limits)
    );
    return accepted(done);
}

Result<Reply> accept(const Services& services, Call& call) {
    const identity::Acceptance acceptance{
        .token = Secret{text_field(call, "token")},
        .password = Secret{text_field(call, "password")},
        .display_name = text_field(call, "name"),
        .peer = peer(call),
    };
    DRYDOCK_TRY(const auto done, identity::accept_invitation(services.identity, acceptance, call.limits));
    return accepted(done);
}

Result<Reply> invite(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto made,
        identity::invite(
            services.identity,
            who(call).identity,
            text_field(call, "email"),
            text_field(call, "role"),
            peer(call),
            call.limits
        )
    );
    auto body = to_json(made.invitation);
    body["token"] = made.token.reveal();
    return Reply{std::move(body)};
}

Result<Reply> change_role(const Services& services, Call& call) {
    DRYDOCK_TRY_VOID(identity::change_role(
        services.identity, who(call).identity, call.path_text("id"), text_field(call, "role"), peer(call), call.limits
    ));
    return Reply{};
}

std::vector<Route> member_part(const Services& services) {
    const Drafts drafts{"members"};
    auto listing = drafts.read(
        kMembers,
        "list_members",
        "Who belongs to the organization",
        Access::permission("members:read"),
        many(member_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto found, identity::members(services.identity, who(call).identity, call.limits));
            return all(found);
        }
    );
    auto changing = drafts.change(
        Method::patch,
        kMembers + "/{id:uuid}",
        "change_role",
        "Give another role",
        Access::permission("members:write"),
        nothing(),
        [&services](Call& call) { return change_role(services, call); }
    );
    changing.request =
        object("RoleChange", "The role from now on.", {{"role", role_schema(), Presence::required_input}});
    changing.needs_step_up = true;
    // Everybody may remove themself, so that no permission stands here; the capability asks for it.
    auto removing = drafts.change(
        Method::remove,
        kMembers + "/{id:uuid}",
        "remove_member",
        "They belong to it no more, within seconds; oneself or, with members:write, others",
        Access::permission("members:read"),
        nothing(),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY_VOID(identity::remove_member(
                services.identity, who(call).identity, call.path_text("id"), peer(call), call.limits
            ));
            return Reply{};
        }
    );
    auto reset = drafts.change(
        Method::post,
        kMembers + "/{id:uuid}/reset-token",
        "make_reset_token",
        "A link to set a new password: for who owns every organization of theirs",
        Access::permission("owners:write"),
        one(object("ResetToken", "Shown once.", {{"token", text(bulk), Presence::output}}), 201),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto token,
                identity::make_reset_token(
                    services.identity, who(call).identity, call.path_text("id"), peer(call), call.limits
                )
            );
            return Reply{json::object{{"token", token.reveal()}}};
        }
    );
    auto erasing = drafts.change(
        Method::post,
        kMembers + "/{id:uuid}/erase",
        "erase_person",
        "Take a person out of drydock for good, at their wish: for who owns every organization of theirs",
        Access::permission("owners:write"),
        one(object(
            "Erased",
            "Their id stays, without a name.",
            {
                {"audit_lines",
                 integer().range(0, INT64_MAX).describe("How many lines of audit trails told something of them."),
                 Presence::output},
            }
        )),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto done,
                identity::erase_person(
                    services.identity, who(call).identity, call.path_text("id"), peer(call), call.limits
                )
            );
            return Reply{json::object{{"audit_lines", done.audit_lines}}};
        }
    );
    for (auto* const route : {&reset, &erasing}) route->needs_step_up = true;
    for (auto* const route : {&changing, &removing, &reset, &erasing}) route->path_objects = {{"id", "member"}};
    return {std::move(listing), std::move(changing), std::move(removing), std::move(reset), std::move(erasing)};
}

std::vector<Route> invitation_part(const Services& services) {
    const Drafts drafts{"members"};
    const auto write = Access::permission("members:write");
    auto created = invitation_fields();
    created.push_back({"token", text(bulk).describe("Shown once: send it to them."), Presence::output});
    auto listing = drafts.read(
        kInvitations,
        "list_invitations",
        "Who was invited and has not come yet",
        write,
        many(object("Invitation", "Somebody who is asked to join.", invitation_fields())),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto found, identity::invitations(services.identity, who(call).identity, call.limits));
            return all(found);
        }
    );
    auto creation = drafts.change(
        Method::post,
        kInvitations,
        "invite",
        "Invite somebody, whether they are known here or not",
        write,
        one(object("NewInvitation", "The token is in this answer only.", created), 201),
        [&services](Call& call) { return invite(services, call); }
    );
    creation.request = object(
        "InvitationRequest",
        "Whom, and as what.",
        {
            {"email", text(personal).email(), Presence::required_input},
            {"role", role_schema(), Presence::required_input},
        }
    );
    creation.needs_step_up = true;  // the answer's token makes somebody a member
    auto revocation = drafts.change(
        Method::remove,
        kInvitations + "/{id:uuid}",
        "revoke_invitation",
        "Take it back",
        write,
        nothing(),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY_VOID(identity::revoke_invitation(
                services.identity, who(call).identity, call.path_text("id"), peer(call), call.limits
            ));
            return Reply{};
        }
    );
    revocation.path_objects = {{"id", "invitation"}};
    auto acceptance = drafts.change(
        Method::post,
        kInvitations + "/accept",
        "accept_invitation",
        "Accept an invitation with a new password, or that of the account with its address",
        Access::anyone(),
        one(accepted_schema()),
        [&services](Call& call) { return accept(services, call); }
    );
    acceptance.request = object(
        "Acceptance",
        "The token that you were sent.",
        {
            {"token", text(secret).length(1, 200), Presence::required_input},
            {"password",
             text(secret).length(1, 1000).describe("A new one, or yours, where you have an account with this address."),
             Presence::input},
            {"name", text(personal).length(1, 200), Presence::input},
        }
    );
    auto joining = drafts.change(
        Method::post,
        kInvitations + "/join",
        "join_organization",
        "Accept an invitation as who you are signed in as",
        Access::signed_in(),
        one(accepted_schema()),
        [&services](Call& call) { return join(services, call); }
    );
    joining.request = object(
        "Joining", "The token that you were sent.", {{"token", text(secret).length(1, 200), Presence::required_input}}
    );
    for (auto* const route : {&acceptance, &joining}) route->rate = RateClass::login;
    return {std::move(listing), std::move(creation), std::move(revocation), std::move(acceptance), std::move(joining)};
}

std::vector<Route> organization_part(const Services& services) {
    const Drafts drafts{"organizations"};
    auto listing = drafts.read(
        kOrganizations,
        "list_organizations",
        "The organizations that you belong to",
        Access::signed_in(),
        many(membership_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto found, identity::my_organizations(services.identity, who(call).identity, call.limits)
            );
            return all(found);
        }
    );
    auto creation = drafts.change(
        Method::post,
        kOrganizations,
        "create_organization",
        "Found an organization; you are its owner",
        Access::signed_in(),
        one(membership_schema(), 201),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto made,
                identity::create_organization(
                    services.identity,
                    who(call).identity,
                    text_field(call, "slug"),
                    text_field(call, "name"),
                    peer(call),
                    call.limits
                )
            );
            Reply reply{to_json(made)};
            reply.headers.add("Location", kOrganizations + "/" + made.id);
            return reply;
        }
    );
    creation.request = membership_schema();
    return {std::move(listing), std::move(creation)};
}

std::vector<Route> password_part(const Services& services) {
    const Drafts drafts{"account"};
    auto change = drafts.change(
        Method::post,
        "/api/v2/me/password",
        "change_password",
        "Another password; all your other sessions end",
        Access::signed_in(),
        one(object(
            "NewAccessToken",
            "For this session to go on with.",
            {
                {"access_token", text(bulk), Presence::output},
                {"expires_in", integer().range(0, 86'400'000), Presence::output},
            }
        )),
        [&services](Call& call) -> Result<Reply> {
            const identity::PasswordChange wanted{
                .current = Secret{text_field(call, "current")}, .wanted = Secret{text_field(call, "password")}
            };
            DRYDOCK_TRY(
                const auto tokens,
                identity::change_password(services.identity, who(call).identity, wanted, peer(call), call.limits)
            );
            return Reply{
                json::object{{"access_token", tokens.access.reveal()}, {"expires_in", tokens.access_lifetime.count()}}
            };
        }
    );
    // Who has no password yet sets one on a fresh proof.
    change.reads_who_asks_anew = true;
    change.request = object(
        "PasswordChange",
        "The old one and the new one.",
        {
            {"current", text(secret).length(1, 1000), Presence::input},
            {"password", text(secret).length(1, 1000), Presence::required_input},
        }
    );
    auto reset = drafts.change(
        Method::post,
        "/api/v2/password-resets",
        "reset_password",
        "Set a new password with the token of a link; all sessions and API tokens end",
        Access::anyone(),
        nothing(),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY_VOID(identity::reset_password(
                services.identity,
                Secret{text_field(call, "token")},
                Secret{text_field(call, "password")},
                peer(call),
                call.limits
            ));
            return Reply{};
        }
    );
    reset.request = object(
        "PasswordReset",
        "The token that you were given, and the new password.",
        {
            {"token", text(secret).length(1, 200), Presence::required_input},
            {"password", text(secret).length(1, 1000), Presence::required_input},
        }
    );
    for (auto* const route : {&change, &reset}) route->rate = RateClass::login;
    return {std::move(change), std::move(reset)};
}

}  // namespace

std::vector<Route> member_routes(const Services& services) {
    std::vector<Route> routes;
    for (auto* const part : {member_part, invitation_part, organization_part, password_part}) {
        for (auto& route : part(services)) routes.push_back(std::move(route));
    }
    return routes;
}

}  // namespace drydock::api
