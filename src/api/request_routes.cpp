// What waits for a second person, wherever it does: looking at it, signing it, refusing it. The rules are the domain's
// (domain/second_person.hpp).
#include "api/commands.hpp"
#include "api/esim_views.hpp"
#include "api/identifiers.hpp"
#include "api/request_views.hpp"
#include "api/routes.hpp"
#include "domain/reference.hpp"
#include "engine/codec.hpp"

#include <charconv>

namespace keepline::api {

using base::code;
using base::refuse;

namespace {

request_view plain_request(const domain::second_request& asked, instant now) {
    request_view out;
    out.serial = asked.serial;
    out.act = asked.what;
    out.effect = std::string(domain::what_it_does(asked.what));
    out.command = asked.command;
    out.by = asked.by;
    out.channel = asked.through;
    out.at = asked.at;
    out.expires_at = asked.expires_at;
    out.state = asked.state == domain::request_state::waiting && !asked.waits(now) ? domain::request_state::expired
                                                                                   : asked.state;
    if (asked.state != domain::request_state::waiting) {
        out.answered_by = asked.answered_by;
        out.answered_at = asked.answered_at;
    }
    if (!asked.reason.empty()) out.reason = asked.reason;
    return out;
}

/// Made, asked for or acknowledged each other's token: kinship of one of them, and not a name that both have.
bool are_kin(const domain::actor& a, const domain::actor& b) {
    return domain::same_person(a, b) && !domain::counted_as_one(a, b);
}

/// Until when the caller counts as whoever asked, in words; empty: that is not known.
std::string kin_until(const call& c, const domain::actor& asker) {
    auto without_kin = c.who.who;
    without_kin.kin.clear();
    if (!are_kin(asker, without_kin))
        return c.who.kin_until ? " Your token counts so until " + base::iso(c.who.kin_until) + "." : std::string();
    const auto view = c.core_of().read(desk::credential_stream(asker.as, asker.id));
    if (!view) return {};
    instant last;
    for (const auto& one : (*view)->credential().tokens)
        if (one.as == asker.as && one.person == asker.person) last = std::max(last, one.kin_until);
    return last ? " What they ask for after " + base::iso(last) + " you may sign." : std::string();
}

std::optional<base::error> why_not_signed(const call& c, const engine::stream_view& of,
                                          const domain::second_request& asked) {
    const auto& who = c.who.who;
    auto why = of.key.kind == port::stream_kind::number       ? domain::why_not_sign(of.number(), asked, who, c.now())
               : of.key.kind == port::stream_kind::credential ? domain::why_not_sign_token(asked, who, c.now())
                                                              : domain::why_not_sign(asked, who, c.now());
    if (why && why->what == code::own_application && are_kin(asked.by, who)) why->words += kin_until(c, asked.by);
    return why;
}

}  // namespace

request_view request_of(const call& c, const engine::stream_view& of, const domain::second_request& asked) {
    auto out = plain_request(asked, c.now());
    out.details = details_of(c, of, asked);
    const auto why_not = why_not_signed(c, of, asked);
    out.may_sign = !why_not;
    if (why_not) out.why_not = why_not->words;
    return out;
}

result<void> check_signing(const call& c, const domain::second_request* asked) {
    if (asked == nullptr || !asked->waits(c.now())) return {};
    if (auto why = domain::why_not_sign(*asked, c.who.who, c.now())) {
        if (why->what == code::own_application && are_kin(asked->by, c.who.who)) why->words += kin_until(c, asked->by);
        return std::unexpected(std::move(*why));
    }
    const auto view = c.core_of().read(desk::credential_stream(asked->by.as, asked->by.id));
    TRY(holds, desk::holds_token(view, asked->by, asked->at, c.now()));
    if (holds) return {};
    return refuse(code::forbidden, "Whoever asked for this has no token in force any more: refuse it, and ask anew.",
                  {{"by", asked->by.id.text()}});
}

void answer_request(const call_ptr& c, const engine::answer& done, const domain::second_request& asked, int status) {
    auto out = json_answer(request_of(*c, *done.view, asked), status);
    add_version(out, done.view->revision(), done.replayed);
    c->answer(std::move(out));
}

namespace {

void answer_list(const call_ptr& c, const result<engine::view_ptr>& of) {
    if (!of) return c->refuse(of.error());
    std::vector<request_view> items;
    for (const auto& one : engine::asked_of(**of)->list) items.push_back(request_of(*c, **of, one));
    auto out = page_answer(items, {});
    add_version(out, (*of)->revision(), false);
    c->answer(std::move(out));
}

std::optional<int> serial_of(std::string_view text) {
    int out = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(text.data(), end, out);
    if (failure != std::errc() || stopped != end || out < 1) return std::nullopt;
    return out;
}

/// The answer to a request is the request as it is afterwards.
void answer_to_request(const call_ptr& c, const engine::view_ptr& of, int serial, engine::any_command what) {
    submit(c, submission_of(*c, of->key, std::move(what)), [serial](const call_ptr& same, const engine::answer& done) {
        const auto* asked = engine::asked_of(*done.view)->find(serial);
        if (asked == nullptr) return same->refuse({code::not_found, "There is no such request."});
        answer_request(same, done, *asked, 200);
    });
}

using finder = result<engine::view_ptr> (*)(const call&, std::string_view);

template <typename Command, typename Body, typename Make>
void on_request(const call_ptr& c, finder find, Make make) {
    auto in = body_of<Body>(*c);
    if (!in) return c->refuse(in.error());
    const auto found = find(*c, c->args[0]);
    if (!found) return c->refuse(found.error());
    const auto serial = serial_of(c->args[1]);
    if (!serial) return c->refuse({code::not_found, "There is no such request."});
    const auto answer = make(*serial, std::move(*in));
    if constexpr (std::is_same_v<decltype(answer), const domain::countersign>)
        if (auto may = check_signing(*c, engine::asked_of(**found)->find(*serial)); !may) return c->refuse(may.error());
    answer_to_request(c, *found, *serial, Command(answer));
}

domain::countersign signing(int serial, nothing) { return {serial}; }
domain::refuse_second refusing(int serial, reason_body in) { return {serial, std::move(in.reason)}; }

}  // namespace

namespace {

request_subject line_subject(const engine::stream_view& of) {
    const auto& s = of.number();
    request_subject out{"line", of.public_id, s.number.text(), {}};
    const auto& reference = s.current && !s.current->spoken.reference.empty() ? s.current->spoken.reference
                            : s.subscription                                  ? s.subscription->reference
                                                                              : std::string();
    if (!reference.empty()) out.reference = domain::said(reference);
    return out;
}

std::optional<request_subject> subject_of(const engine::stream_view& of) {
    constexpr std::string_view of_staff = "staff/";
    switch (of.key.kind) {
        case port::stream_kind::number: return line_subject(of);
        case port::stream_kind::esim: return request_subject{"profile", of.public_id, {}, {}};
        case port::stream_kind::subscriber: return request_subject{"subscriber", of.key.key, {}, {}};
        case port::stream_kind::credential:
            if (of.key.key.starts_with(of_staff))
                return request_subject{"token", of.key.key.substr(of_staff.size()), {}, {}};
            return std::nullopt;
        case port::stream_kind::plan: return request_subject{"import_plan", of.public_id, {}, {}};
        case port::stream_kind::claim: return std::nullopt;
    }
    return std::nullopt;
}

/// A page is of streams: what waits on one of them is never torn apart.
result<response> all_requests_page(const call& c) {
    TRY(page, paging_of(c));
    const auto now = c.now();
    port::stream_filter which;
    which.asked_after = now;
    TRY(listed, c.core_of().list(which, page.after, page.limit));
    std::vector<waiting_request> items;
    for (const auto& one : listed.streams) {
        // Who may hold which token is the administrators' business.
        if (one.key.kind == port::stream_kind::credential && c.who.who.as != domain::role::admin) continue;
        TRY(view, c.core_of().read(one.key));
        const auto about = subject_of(*view);
        const auto* asked = engine::asked_of(*view);
        if (!about || asked == nullptr) continue;
        for (const auto& each : asked->list)
            if (each.waits(now)) items.push_back({*about, request_of(c, *view, each)});
    }
    return page_answer(items, listed.next);
}

}  // namespace

void list_all_requests(const call_ptr& c) {
    run_aside(c, [c]() -> afterwards {
        auto page = all_requests_page(*c);
        return [c, page = std::move(page)] { page ? c->answer(*page) : c->refuse(page.error()); };
    });
}

void list_requests(const call_ptr& c) { answer_list(c, line_for(*c, c->args[0])); }

namespace {

/// A profile that is to be added by this request: its identifiers are reserved for the line again first.
std::optional<domain::new_profile> added_by(const domain::number_state& s, int serial) {
    const auto* asked = s.asked.find(serial);
    if (asked == nullptr || asked->body.empty() || asked->command != domain::add_profile::name) return std::nullopt;
    const auto stored = base::from_json<domain::number_command>(asked->body);
    const auto* add = stored ? std::get_if<domain::add_profile>(&*stored) : nullptr;
    return add == nullptr ? std::nullopt : std::optional(add->added);
}

void log_moved(const call_ptr& c, const engine::answer& done) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::number_event>(&one);
        const auto* moved = event == nullptr ? nullptr : std::get_if<domain::profile_handed_over>(event);
        if (moved != nullptr)
            c->api->with.log->info("profile_handed_over", c->correlation,
                                   {{"from", done.view->public_id},
                                    {"accepted_by", moved->accepted_by.id.text()},
                                    {"signed_by", c->who.who.id.text()}});
    }
}

then signed_request(int serial) {
    return [serial](const call_ptr& same, const engine::answer& done) {
        log_moved(same, done);
        const auto* asked = engine::asked_of(*done.view)->find(serial);
        if (asked == nullptr) return same->refuse({code::not_found, "There is no such request."});
        answer_request(same, done, *asked, 200);
    };
}

}  // namespace

void countersign_request(const call_ptr& c) {
    if (auto in = body_of<nothing>(*c); !in) return c->refuse(in.error());
    const auto line = line_for(*c, c->args[0]);
    if (!line) return c->refuse(line.error());
    const auto serial = serial_of(c->args[1]);
    if (!serial) return c->refuse({code::not_found, "There is no such request."});
    auto what = submission_of(*c, (*line)->key, domain::number_command{domain::countersign{*serial}});
    const auto& s = (*line)->number();
    if (auto may = check_signing(*c, s.asked.find(*serial)); !may) return c->refuse(may.error());
    const auto added = added_by(s, *serial);
    if (!added || !s.subscription) return submit(c, std::move(what), signed_request(*serial));
    const domain::line_holder holder{s.number, s.subscription->generation};
    auto wanted = claims_for(*c, holder, {*added});
    if (!wanted) return c->refuse(wanted.error());
    reserve_claims(c, std::move(*wanted), holder.generation,
                   [what, serial = *serial](const call_ptr& same, const reserved_claims& held) {
                       submit_reserved(same, held, what, signed_request(serial));
                   });
}
void refuse_request(const call_ptr& c) { on_request<domain::number_command, reason_body>(c, line_for, refusing); }

// -- about a profile on our SM-DP+
void list_esim_requests(const call_ptr& c) { answer_list(c, esim_named(*c, c->args[0])); }
void countersign_esim_request(const call_ptr& c) { on_request<domain::esim_command, nothing>(c, esim_named, signing); }
void refuse_esim_request(const call_ptr& c) { on_request<domain::esim_command, reason_body>(c, esim_named, refusing); }

}  // namespace keepline::api
