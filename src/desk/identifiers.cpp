#include "desk/identifiers.hpp"

#include "desk/esim_service.hpp"
#include "domain/esim/esim.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::chrono::milliseconds look_every{10};
constexpr std::chrono::milliseconds looks_at_most{5'000};
constexpr int rounds_max = 3;

port::stream_key claim_key(const std::string& identifier) { return {port::stream_kind::claim, identifier}; }

struct reserving {
    std::vector<wanted_claim> wanted;
    reserved_claims held;
    std::function<void(const reserved_claims&)> next;

    std::mutex mutex;  // replies come on the writer's thread
    std::size_t left = 0;
    std::vector<wanted_claim> doubted;  // their holders are being asked
    std::optional<base::error> failure;
    std::chrono::milliseconds waited{0};
    int rounds = 0;
};
using reserving_ptr = std::shared_ptr<reserving>;

engine::submission to_claim(const asked& c, const std::string& identifier, domain::claim_command what) {
    engine::submission out;
    out.to = claim_key(identifier);
    out.what = std::move(what);
    out.by = c.who.who;
    out.through = c.through;
    out.correlation = c.correlation;
    out.must_exist = false;
    return out;
}

base::error taken(const asked& c, const std::string& identifier) {
    const auto kind = domain::kind_of_claim(identifier);
    c.at->with.log->warning("identifier_taken", c.correlation, {{"identifier", kind}, {"by", c.who.who.id.text()}});
    return refuse(code::identifier_taken,
                  "Another line or profile has this " + std::string(kind == "imsi" ? "IMSI" : "ICCID") + ".",
                  {{"identifier", kind}})
        .error();
}

void note(reserving& of, const wanted_claim& one, const result<engine::answer>& done) {
    if (!done) {
        if (!of.failure) of.failure = done.error();
        return;
    }
    const auto& now = done->view->claim();
    if (now.holder != one.holder) {
        of.doubted.push_back(one);
        return;
    }
    for (const auto& event : done->events) {
        const auto* claimed = std::get_if<domain::claim_event>(&event);
        const auto* made = claimed == nullptr ? nullptr : std::get_if<domain::claim_reserved>(claimed);
        if (made != nullptr && now.since == made->at && made->moved_from.empty())
            of.held.fresh.push_back({one.identifier, one.holder, made->serial});
    }
}

void fail(const asked_ptr& c, const reserving_ptr& of, const base::error& why) {
    give_back(*c, of->held, why);
    if (!c->answered) c->refuse(why);
}

void ask(const asked_ptr& c, const reserving_ptr& of, std::vector<wanted_claim> which);

/// The holders' own streams are being looked at; that takes a moment.
void look_again(const asked_ptr& c, const reserving_ptr& of) {
    std::vector<wanted_claim> free;
    std::vector<wanted_claim> open;
    for (const auto& one : of->doubted) {
        const auto view = c->core_of().read(claim_key(one.identifier));
        if (!view) return fail(c, of, view.error());
        const auto& now = (*view)->claim();
        if (!now.wanted_by.empty())
            open.push_back(one);
        else if (now.holder.empty() || now.holder == one.holder)
            free.push_back(one);
        else
            return fail(c, of, taken(*c, one.identifier));
    }
    of->doubted = std::move(open);
    if (of->doubted.empty()) {
        if (++of->rounds > rounds_max) return fail(c, of, taken(*c, free.front().identifier));
        return ask(c, of, std::move(free));
    }
    of->waited += look_every;
    if (of->waited > looks_at_most)
        return fail(c, of, {code::unavailable, "It could not be found out whether the identifiers are free.", {}});
    of->doubted.insert(of->doubted.end(), free.begin(), free.end());
    c->where->run_after(look_every, [c, of] { guarded(c, [&] { look_again(c, of); }); });
}

void all_answered(const asked_ptr& c, const reserving_ptr& of) {
    if (of->failure) return fail(c, of, *of->failure);
    if (!of->doubted.empty()) return look_again(c, of);
    of->next(of->held);
}

void ask(const asked_ptr& c, const reserving_ptr& of, std::vector<wanted_claim> which) {
    of->left = which.size();
    of->doubted.clear();
    for (const auto& one : which) {
        auto what = to_claim(*c, one.identifier, domain::reserve_claim{one.identifier, one.holder, of->held.as.until});
        c->core_of().submit(std::move(what), [c, of, one](const result<engine::answer>& done) {
            {
                const std::scoped_lock held(of->mutex);
                note(*of, one, done);
                if (--of->left > 0) return;
            }
            c->where->run([c, of] { guarded(c, [&] { all_answered(c, of); }); });
        });
    }
}

}  // namespace

result<int> generation_for(const asked& c, const base::msisdn& number) {
    const auto view = c.core_of().read({port::stream_kind::number, number.text()});
    if (!view && view.error().what == code::not_found) return 1;
    if (!view) return std::unexpected(view.error());
    const auto& s = (*view)->number();
    const bool has_line = s.subscription && s.subscription->status != domain::line_status::ended;
    return has_line ? s.subscription->generation : s.generations + 1;
}

result<void> check_new_iccid(engine::front& core, const base::iccid& iccid, const std::string& field) {
    const auto fits = base::iccid::parse(iccid.text());
    if (fits) return {};
    const auto ours = esim_by_iccid(core, iccid);
    if (ours) return {};
    if (ours.error().what != code::not_found) return std::unexpected(ours.error());
    return refuse(code::invalid, "`" + field + "` is wrong. " + fits.error().words, {{"field", field}});
}

result<std::vector<wanted_claim>> claims_for(const asked& c, const domain::line_holder& line,
                                             const std::vector<domain::new_profile>& profiles, std::string_view list) {
    std::vector<wanted_claim> out;
    if (profiles.empty()) return out;
    const auto view = c.core_of().read({port::stream_kind::number, line.number.text()});
    if (!view && view.error().what != code::not_found) return std::unexpected(view.error());
    for (std::size_t at = 0; at < profiles.size(); ++at) {
        const auto& one = profiles[at];
        if (view && domain::still_has((*view)->number(), line.generation, one.iccid)) continue;
        CHECK(check_new_iccid(c.core_of(), one.iccid,
                              list.empty() ? "iccid" : std::string(list) + "[" + std::to_string(at) + "].iccid"));
        out.push_back({domain::claim_on(one.iccid), line.text()});
        const auto ours = esim_by_iccid(c.core_of(), one.iccid);
        if (!ours && ours.error().what != code::not_found) return std::unexpected(ours.error());
        if (!ours || !domain::keeps_imsi((*ours)->esim())) {
            out.push_back({domain::claim_on(one.imsi), domain::profile_holder{one.iccid, line}.text()});
            continue;
        }
        // The stock holds the IMSI for this profile, whoever's line it serves.
        if ((*ours)->esim().imsi != one.imsi)
            return refuse(code::profile_exists, "Our SM-DP+ has a profile of this ICCID with another IMSI.");
    }
    return out;
}

void reserve_all(const asked_ptr& c, std::vector<wanted_claim> wanted, int generation,
                 std::function<void(const reserved_claims&)> next) {
    const auto of = std::make_shared<reserving>();
    of->held.as = {generation, c->now() + domain::claim_usable_for};
    of->next = std::move(next);
    if (wanted.empty()) return of->next(of->held);
    ask(c, of, std::move(wanted));
}

void give_back(const asked& c, const reserved_claims& held, const base::error& why) {
    // A refusal by the rules has changed nothing. Of our own trouble that is not known for sure.
    if (base::is_ours(why.what)) return;
    for (const auto& one : held.fresh)
        c.core_of().submit(to_claim(c, one.identifier, domain::release_claim{one.holder, one.serial}),
                           [](const result<engine::answer>&) {});
}

}  // namespace keepline::desk
