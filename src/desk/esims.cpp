// Profiles on our SM-DP+ for staff, systems and test beds: the stock, orders with everything that an order can carry,
// and what is known of each profile. The same commands as over ES2+, one per route.
#include "base/digest.hpp"
#include "desk/esim_service.hpp"
#include "desk/esim_views.hpp"
#include "desk/identifiers.hpp"
#include "desk/seen_events.hpp"
#include "desk/taking.hpp"
#include "engine/codec.hpp"
#include "port/profile_keys.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr int provided_at_once = 1'000;
constexpr std::size_t package_text_max = 700UL * 1024;
constexpr int stock_picks_max = 16;

result<esim_service*> smdp_of(const asked& c) {
    if (c.at->with.smdp == nullptr)
        return refuse(code::not_found, "No SM-DP+ is configured here: add [[smdp]] to the configuration.");
    return c.at->with.smdp;
}

const smdp_identity* first_identity(const esim_service& of) {
    return of.with.identities.empty() ? nullptr : &of.with.identities.front();
}

/// What opens a download stands in no list, and is for whoever ordered it alone: an operator's order for none of us. A
/// line's is shown where its line is, to its owner and whoever ordered it (line_profile_routes.cpp).
/// Another token of theirs that was made since might be in other hands.
bool shows_code(const holder& who, const domain::esim_state& s) {
    return s.number.empty() && who.since <= s.ordered_at && domain::same_holder(who.who, s.ordered_by);
}
esim_view without_code(esim_view view) {
    if (!view.order) return view;
    view.order->matching_id.clear();
    view.order->activation_code.reset();
    return view;
}

using esim_told = told<esim_view>;
using esim_ask = ask_ptr<esim_told>;

esim_told told_of(const asked& c, const engine::view_ptr& view, bool made, bool replayed) {
    const auto* of = c.at->with.smdp;
    auto seen = esim_of(*view, of == nullptr ? nullptr : first_identity(*of));
    if (!shows_code(c.who, view->esim())) seen = without_code(std::move(seen));
    return {std::move(seen), view->revision(), replayed, made};
}

void answer_esim(const esim_ask& c, const engine::answer& done) {
    if (const auto* wanted = wanted_in(done)) return answer_request(c, done, *wanted);
    c->answer(told_of(*c, done.view, false, done.replayed));
}

/// A command about the profile; the answer is the profile.
template <typename Body, typename Make>
void on_esim(services& at, const use_case& what, request by, const std::string& profile, said<Body> in,
             reply<esim_told> then, Make make) {
    take(at, what, std::move(by), std::move(then), [&](const esim_ask& c) {
        const auto of = smdp_of(*c);
        if (!of) return c->refuse(of.error());
        const auto view = esim_named(*c, profile);
        if (!view) return c->refuse(view.error());
        if (!in) return c->refuse(in.error());
        result<domain::esim_command> command = make(std::move(*in));
        if (!command) return c->refuse(command.error());
        submit(c, submission_of(*c, (*view)->key, std::move(*command)), answer_esim);
    });
}

}  // namespace

// ------------------------------------------------------------------------------------------------ looking

void desk::list_profile_types(request by, reply<page_of<profile_type_view>> then) {
    take(shared_, use::list_profile_types, std::move(by), {}, std::move(then),
         [&](const ask_ptr<page_of<profile_type_view>>& c) {
             run_aside(c, [c]() -> afterwards {  // counting reads the store
                 std::vector<profile_type_view> items;
                 if (const auto* of = c->at->with.smdp) {
                     const auto counts = c->core_of().counts();
                     if (!counts) return [c, why = counts.error()] { c->refuse(why); };
                     for (const auto& type : of->with.types.all()) {
                         profile_type_view one{type.name,
                                               {},
                                               type.provider_name,
                                               type.profile_name,
                                               type.mcc_mnc,
                                               type.algorithm,
                                               0,
                                               type.low_stock,
                                               false};
                         if (!type.owner.empty()) one.owner = type.owner;
                         for (const auto& [name, n] : counts->stock_by_type)
                             if (name == type.name) one.stock = n;
                         one.low = one.stock < type.low_stock;
                         items.push_back(std::move(one));
                     }
                 }
                 return [c, items = std::move(items)] { c->answer({items, {}}); };
             });
         });
}

namespace {

result<port::stream_filter> filter_of(const esim_filter& in) {
    port::stream_filter out;
    out.kind = port::stream_kind::esim;
    auto [iccid, eid, state, type, matching_id] = in;
    if (!state.empty() && !base::enum_named<domain::esim_status>(state))
        return refuse(code::invalid, "`state` must be a state of a profile.", {{"field", "state"}});
    out.profile_state = std::move(state);
    out.profile_type = std::move(type);
    out.eid = std::move(eid);
    out.matching_id = std::move(matching_id);
    return out;
}

result<page_of<esim_view>> esim_page(const asked& c, const result<esim_filter>& asked_which,
                                     const result<paging>& wanted) {
    const auto* of = c.at->with.smdp;
    const auto* as = of == nullptr ? nullptr : first_identity(*of);
    TRY(filter, asked_which);
    const auto& iccid = filter.iccid;
    std::vector<esim_view> items;
    if (!iccid.empty()) {
        auto found = esim_named(c, iccid);
        if (!found && found.error().what != code::esim_unknown) return std::unexpected(found.error());
        if (found) items.push_back(without_code(esim_of(**found, as)));
        return page_of<esim_view>{std::move(items), {}};
    }
    TRY(which, filter_of(filter));
    TRY(page, wanted);
    TRY(listed, c.core_of().list(which, page.after, page.limit));
    for (const auto& one : listed.streams)
        if (const auto view = c.core_of().read(one.key)) items.push_back(without_code(esim_of(**view, as)));
    return page_of<esim_view>{std::move(items), listed.next};
}

result<esim_history_view> esim_entry(const port::entry& entry, domain::role who) {
    TRY(meta, base::from_json<engine::entry_meta>(entry.meta));
    TRY(events, base::from_json<std::vector<domain::esim_event>>(entry.events));
    std::vector<base::raw_json> seen;
    for (const auto& one : events)
        if (auto text = event_as_seen(one, who)) seen.push_back(std::move(*text));
    esim_history_view out{entry.version, entry.at, meta.by, {}, std::move(seen), entry.hash};
    if (!meta.correlation.empty()) out.correlation = std::move(meta.correlation);
    return out;
}

result<page_of<esim_history_view>> esim_history_page(const asked& c, const std::string& profile,
                                                     const result<paging>& wanted) {
    TRY(view, esim_named(c, profile));
    TRY(page, wanted);
    std::uint64_t after = 0;
    const auto* end = page.after.data() + page.after.size();
    const auto [stopped, failure] = std::from_chars(page.after.data(), end, after);
    if (!page.after.empty() && (failure != std::errc() || stopped != end || after == UINT64_MAX))
        return refuse(code::invalid, "`after` is not a cursor of ours.", {{"field", "after"}});
    TRY(entries, c.core_of().history(*view, after + 1, page.limit));
    std::vector<esim_history_view> items;
    for (const auto& one : entries) {
        TRY(item, esim_entry(one, c.role()));
        items.push_back(std::move(item));
    }
    const bool more = entries.size() == page.limit;
    return page_of<esim_history_view>{std::move(items), more ? std::to_string(entries.back().version) : std::string()};
}

template <typename T>
void answer_page(const ask_ptr<T>& c, result<T> page) {
    if (!page) return c->refuse(page.error());
    c->answer(std::move(*page));
}

}  // namespace

void desk::list_esims(request by, result<esim_filter> which, result<paging> wanted, reply<page_of<esim_view>> then) {
    take(shared_, use::list_esims, std::move(by), std::move(then),
         [&](const ask_ptr<page_of<esim_view>>& c) { answer_page(c, esim_page(*c, which, wanted)); });
}
void desk::read_esim_history(request by, const std::string& profile, result<paging> wanted,
                             reply<page_of<esim_history_view>> then) {
    take(shared_, use::read_esim_history, std::move(by), std::move(then),
         [&](const ask_ptr<page_of<esim_history_view>>& c) { answer_page(c, esim_history_page(*c, profile, wanted)); });
}

void desk::read_esim(request by, const std::string& profile, reply<told<esim_view>> then) {
    take(shared_, use::read_esim, std::move(by), {profile}, std::move(then), [&](const ask_ptr<told<esim_view>>& c) {
        const auto view = esim_named(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        const auto* of = c->at->with.smdp;
        const auto shown = esim_of(**view, of == nullptr ? nullptr : first_identity(*of));
        if (!is_staff(c->role()) || !shows_code(c->who, (*view)->esim()) || !shown.order ||
            !shown.order->activation_code)
            return answer_esim(c, {*view, {}, false});
        // As with numbers: counted, and written down first.
        domain::note_search command;
        command.found = true;
        command.subject = (*view)->public_id;
        command.hourly = c->at->with.token_rules.searches_hourly;
        submit(c, note_of(*c, c->who.who.id, domain::credential_command{std::move(command)}),
               [view = *view](const ask_ptr<told<esim_view>>& same, const engine::answer&) {
                   answer_esim(same, {view, {}, false});
               });
    });
}

// ------------------------------------------------------------------------------------------------ into stock

namespace {

/// A profile to be: what is in the journal and what is in the vault.
struct new_esim {
    domain::provide_esim command;
    std::vector<port::vault_row> vault;
};

result<std::vector<explicit_profile_body>> counted_profiles(const provide_body& in) {
    const auto are_digits = [](const std::string& text) {
        return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    };
    if (!in.iccid || !are_digits(*in.iccid) || in.iccid->size() < 17 || in.iccid->size() > 19)
        return refuse(code::invalid, "`iccid` must be the first ICCID without its check digit: 17 to 19 digits.",
                      {{"field", "iccid"}});
    if (!in.imsi || !are_digits(*in.imsi))
        return refuse(code::invalid, "`imsi` must be the first IMSI.", {{"field", "imsi"}});
    if (*in.count < 1 || *in.count > provided_at_once)
        return refuse(code::invalid, "`count` must be between 1 and 1000.", {{"field", "count"}});
    std::vector<explicit_profile_body> out;
    for (int i = 0; i < *in.count; ++i) {
        const auto digits = counted_up(*in.iccid, static_cast<std::uint64_t>(i));
        TRY(iccid, base::iccid::parse(with_luhn(digits)));
        TRY(imsi, base::imsi::parse(counted_up(*in.imsi, static_cast<std::uint64_t>(i))));
        out.push_back({base::card_iccid::trusted(iccid.text()), std::move(imsi), {}, {}});
    }
    return out;
}

result<new_esim> imported_esim(esim_service& of, const profile_type& type, const provide_body& in) {
    const auto package = in.package->size() > package_text_max ? std::nullopt : base::from_base64(*in.package);
    if (!package)
        return refuse(code::invalid, "`package` must be the package's DER in Base64.", {{"field", "package"}});
    TRY(contents, rsp::read_package(*package));
    if (contents.iccid.empty() || contents.imsi.empty())
        return refuse(
            code::invalid,
            std::string("The package has no ") + (contents.iccid.empty() ? "ICCID" : "IMSI") + ": it is a template.",
            {{"field", "package"}});
    for (const auto& one : rsp::check_package(*package))
        if (one.how_bad == rsp::gravity::error)
            return refuse(code::invalid, "The package: " + one.where + ": " + one.words, {{"field", "package"}});
    new_esim out;
    const bool keys = contents.secrets.algorithm == rsp::aka_algorithm::milenage ||
                      contents.secrets.algorithm == rsp::aka_algorithm::tuak;
    out.command = {contents.iccid,
                   contents.imsi,
                   type.name,
                   in.owner.value_or(type.owner),
                   keys,
                   true,
                   base::hex(base::sha256(*package))};
    TRY(row, seal_package(*of.with.vault, contents.iccid, *package));
    out.vault.push_back(std::move(row));
    if (keys) {
        TRY(sealed, seal_secrets(*of.with.vault, contents.iccid, contents.secrets));
        out.vault.push_back(std::move(sealed));
    }
    return out;
}

/// Other keys under a known ICCID are not passed over in silence: they would never reach a phone.
result<void> check_same_keys(const asked& c, const explicit_profile_body& wanted) {
    if (!wanted.ki || !wanted.opc) return {};
    const auto iccid = base::as_iccid(wanted.iccid);
    const auto known = esim_by_iccid(c.core_of(), iccid);
    if (!known && known.error().what != code::not_found) return std::unexpected(known.error());
    if (!known || (*known)->esim().foreign) return {};
    TRY(same, same_secrets(*c.at->with.smdp->with.vault, iccid, *wanted.ki, *wanted.opc));
    if (same) return {};
    return refuse(code::esim_taken, "A profile of the ICCID " + iccid.text() + " is here already, with other keys.",
                  {{"iccid", iccid.text()}});
}

result<std::vector<new_esim>> new_esims(const asked& c, esim_service& of, const provide_body& in) {
    const auto* type = of.with.types.find(in.type);
    if (type == nullptr) return refuse(code::esim_type_unknown, "There is no such profile type.", {{"field", "type"}});
    if ((in.count ? 1 : 0) + (in.profiles.empty() ? 0 : 1) + (in.package ? 1 : 0) != 1)
        return refuse(code::invalid, "Send one of `count`, `profiles` and `package`.");
    std::vector<new_esim> out;
    if (in.package) {
        TRY(one, imported_esim(of, *type, in));
        out.push_back(std::move(one));
        return out;
    }
    auto wanted = in.profiles;
    if (in.count) {
        TRY(counted, counted_profiles(in));
        wanted = std::move(counted);
    }
    if (wanted.size() > provided_at_once)
        return refuse(code::invalid, "At most 1000 profiles at once.", {{"field", "profiles"}});
    std::vector<std::string> owners;
    for (const auto& one : wanted) {
        owners.push_back(port::profile_owner_of(base::as_iccid(one.iccid)));
        CHECK(check_same_keys(c, one));
    }
    if (of.with.prepare_keys) CHECK(of.with.prepare_keys(owners));
    for (const auto& one : wanted) {
        const auto iccid = base::as_iccid(one.iccid);
        TRY(secrets, make_secrets(*type, one.ki.value_or(""), one.opc.value_or(""), of.random));
        TRY(row, seal_secrets(*of.with.vault, iccid, secrets));
        out.push_back({{iccid, one.imsi, type->name, in.owner.value_or(type->owner), true, false}, {std::move(row)}});
    }
    return out;
}

/// Waits for the answers of all the commands of one request.
struct gathered {
    std::mutex mutex;
    std::size_t left = 0;
    provided_view view;
    std::optional<base::error> failure;
};

/// The IMSIs of profiles that are not in the stock yet.
result<std::vector<wanted_claim>> claims_of(const asked& c, const std::vector<new_esim>& all) {
    std::vector<wanted_claim> out;
    for (const auto& one : all) {
        const auto known = esim_by_iccid(c.core_of(), one.command.iccid);
        if (!known && known.error().what != code::not_found) return std::unexpected(known.error());
        if (known && !(*known)->esim().foreign) continue;
        const auto identifier = domain::claim_on(one.command.imsi);
        if (std::ranges::find(out, identifier, &wanted_claim::identifier) != out.end())
            return refuse(code::invalid, "Two profiles have the same IMSI.", {{"field", "imsi"}});
        out.push_back({identifier, domain::profile_holder{one.command.iccid, {}}.text()});
    }
    return out;
}

void provide_all(const ask_ptr<told<provided_view>>& c, std::vector<new_esim> all, const reserved_claims& held) {
    const auto gather = std::make_shared<gathered>();
    gather->left = all.size();
    for (const auto& one : all) gather->view.iccids.push_back(one.command.iccid.text());
    for (auto& one : all) {
        const auto iccid = one.command.iccid;
        auto what = submission_of(*c, esim_key(iccid), domain::esim_command{std::move(one.command)}, "provide");
        what.must_exist = false;
        what.reserved = held.as;
        what.vault = std::move(one.vault);
        c->core_of().submit(std::move(what), [c, gather](const result<engine::answer>& done) {
            {
                const std::scoped_lock held(gather->mutex);
                if (!done && !gather->failure) gather->failure = done.error();
                if (done && !done->events.empty()) ++gather->view.fresh;
                if (--gather->left > 0) return;
            }
            c->where->run([c, gather] {
                if (gather->failure) return c->refuse(*gather->failure);
                c->answer({gather->view, 0, false, true});
            });
        });
    }
}

}  // namespace

void desk::provide_esims(request by, said<provide_body> in, reply<told<provided_view>> then) {
    take(shared_, use::provide_esims, std::move(by), {}, std::move(then), [&](const ask_ptr<told<provided_view>>& c) {
        const auto of = smdp_of(*c);
        if (!of) return c->refuse(of.error());
        if (!in) return c->refuse(in.error());
        run_aside(c, [c, of = *of, in = std::move(*in)]() -> afterwards {  // sealing writes to a disk
            auto all = new_esims(*c, *of, in);
            if (!all) return [c, why = all.error()] { c->refuse(why); };
            auto wanted = claims_of(*c, *all);
            if (!wanted) return [c, why = wanted.error()] { c->refuse(why); };
            return [c, all = std::move(*all), wanted = std::move(*wanted)]() mutable {
                reserve_claims(c, std::move(wanted), 0,
                               [all](const ask_ptr<told<provided_view>>& same, const reserved_claims& held) {
                                   provide_all(same, all, held);
                               });
            };
        });
    });
}

// ------------------------------------------------------------------------------------------------ orders, step by step

void desk::order_esim(request by, const std::string& profile, said<esim_order_body> in, reply<told<esim_view>> then) {
    on_esim(shared_, use::order_esim, std::move(by), profile, std::move(in), std::move(then),
            [](esim_order_body in) -> result<domain::esim_command> {
                return domain::download_order{in.requester.value_or(label()), in.eid.value_or(base::eid()), {}};
            });
}

namespace {

result<engine::submission> confirmation_for(const asked& c, const esim_service& of, const engine::stream_view& order,
                                            const said<confirmation_body>& wanted) {
    TRY(in, wanted);
    domain::confirm_order command;
    TRY(terms, terms_from(in, of));
    command.terms = std::move(terms);
    command.release = in.release.value_or(true);
    command.matching_id_made = !in.matching_id;
    std::optional<port::vault_row> row;
    if (in.confirmation_code) {
        const auto owner = port::profile_owner_of(order.esim().iccid);
        TRY(kept, keep_confirmation(of, owner, *in.confirmation_code, &order.esim()));
        command.terms.confirmation = std::move(kept.mark);
        row = std::move(kept.row);
    }
    auto what = submission_of(c, order.key, domain::esim_command{std::move(command)});
    if (row) what.vault.push_back(std::move(*row));
    return what;
}

}  // namespace

void desk::confirm_esim(request by, const std::string& profile, said<confirmation_body> in, reply<esim_told> then) {
    take(shared_, use::confirm_esim, std::move(by), std::move(then), [&](const esim_ask& c) {
        const auto of = smdp_of(*c);
        if (!of) return c->refuse(of.error());
        const auto view = esim_named(*c, profile);
        if (!view) return c->refuse(view.error());
        auto what = confirmation_for(*c, **of, **view, in);
        if (!what) return c->refuse(what.error());
        submit(c, std::move(*what), answer_esim);
    });
}

void desk::release_esim(request by, const std::string& profile, said<nothing> in, reply<told<esim_view>> then) {
    on_esim(shared_, use::release_esim, std::move(by), profile, std::move(in), std::move(then),
            [](nothing) -> result<domain::esim_command> { return domain::release_profile{}; });
}

void desk::cancel_esim_order(request by, const std::string& profile, said<cancellation_body> in,
                             reply<told<esim_view>> then) {
    on_esim(shared_, use::cancel_esim_order, std::move(by), profile, std::move(in), std::move(then),
            [](cancellation_body in) -> result<domain::esim_command> {
                return domain::cancel_order{
                    {}, in.eid.value_or(base::eid()), in.matching_id.value_or(""), in.final == final_state::available};
            });
}

void desk::reset_esim(request by, const std::string& profile, said<reset_body> in, reply<told<esim_view>> then) {
    on_esim(shared_, use::reset_esim, std::move(by), profile, std::move(in), std::move(then),
            [](reset_body in) -> result<domain::esim_command> {
                domain::reset_order out;
                out.matching_id = in.matching_id;
                if (in.limits) {
                    TRY(limits, limits_from(*in.limits));
                    out.limits = limits;
                }
                return out;
            });
}

void desk::rebind_esim(request by, const std::string& profile, said<rebinding_body> in, reply<told<esim_view>> then) {
    on_esim(shared_, use::rebind_esim, std::move(by), profile, std::move(in), std::move(then),
            [](rebinding_body in) -> result<domain::esim_command> {
                return domain::rebind_order{{}, in.eid.value_or(base::eid())};
            });
}

// ------------------------------------------------------------------------------------------------ orders in one step

namespace {

struct whole_order {
    whole_order_body in;
    domain::download_terms terms;
    int picks = 0;
};
using whole_order_ptr = std::shared_ptr<whole_order>;

void confirm_whole(const esim_ask& c, const whole_order_ptr& order, const port::stream_key& key) {
    // Whom the order is for is no word about who asks.
    domain::confirm_order command{{}, order->terms, order->in.release.value_or(true), !order->in.matching_id};
    std::optional<port::vault_row> row;
    if (order->in.confirmation_code) {
        const auto view = c->core_of().read(key);
        if (!view) return c->refuse(view.error());
        auto kept = keep_confirmation(*c->at->with.smdp, port::profile_owner_of((*view)->esim().iccid),
                                      *order->in.confirmation_code, &(*view)->esim());
        if (!kept) return c->refuse(kept.error());
        command.terms.confirmation = std::move(kept->mark);
        row = std::move(kept->row);
    }
    auto what = submission_of(*c, key, domain::esim_command{std::move(command)}, "confirm");
    if (row) what.vault.push_back(std::move(*row));
    submit(c, std::move(what), [](const esim_ask& same, const engine::answer& done) {
        if (const auto* wanted = wanted_in(done)) return answer_request(same, done, *wanted);
        same->answer(told_of(*same, done.view, true, done.replayed));
    });
}

void pick_and_order(const esim_ask& c, const whole_order_ptr& order);

void submit_whole(const esim_ask& c, const whole_order_ptr& order, const port::stream_key& key, bool from_stock) {
    domain::download_order command{order->in.requester.value_or(label()), order->terms.eid,
                                   order->in.type.value_or("")};
    submit_whatever(c, submission_of(*c, key, domain::esim_command{std::move(command)}, "order"),
                    [order, key, from_stock](const esim_ask& same, const result<engine::answer>& done) {
                        if (done) {
                            if (const auto* wanted = wanted_in(*done)) return answer_request(same, *done, *wanted);
                            return confirm_whole(same, order, key);
                        }
                        const bool lost =
                            done.error().what == code::esim_taken || done.error().what == code::esim_not_yours;
                        if (lost && from_stock && ++order->picks < stock_picks_max) return pick_and_order(same, order);
                        same->refuse(done.error());
                    });
}

void pick_and_order(const esim_ask& c, const whole_order_ptr& order) {
    const auto found =
        order->in.iccid ? esim_named(*c, order->in.iccid->text()) : esim_in_stock(c->core_of(), *order->in.type, 0);
    if (!found) return c->refuse(found.error());
    submit_whole(c, order, (*found)->key, !order->in.iccid);
}

}  // namespace

void desk::order_whole_esim(request by, said<whole_order_body> in, reply<told<esim_view>> then) {
    take(shared_, use::order_whole_esim, std::move(by), {}, std::move(then), [&](const ask_ptr<told<esim_view>>& c) {
        const auto of = smdp_of(*c);
        if (!of) return c->refuse(of.error());
        if (!in) return c->refuse(in.error());
        if (!in->iccid && !in->type)
            return c->refuse({code::invalid, "Name a `type` or an `iccid`.", {{"field", "type"}}});
        if (in->type && (*of)->with.types.find(*in->type) == nullptr)
            return c->refuse({code::esim_type_unknown, "There is no such profile type.", {{"field", "type"}}});
        auto terms = terms_from(*in, **of);
        if (!terms) return c->refuse(terms.error());
        if (!in->matching_id)  // the same again when the request is repeated, so that it finds its own order
            terms->matching_id = derived_matching_id(c->secrets(), base::hex(c->once->key));
        const auto order = std::make_shared<whole_order>(whole_order{std::move(*in), std::move(*terms), 0});
        if (!order->terms.matching_id.empty()) {
            const auto earlier = esim_by_matching_id(c->core_of(), order->terms.matching_id);
            const bool same =
                earlier && (!order->in.iccid || order->in.iccid->text() == (*earlier)->esim().iccid.text());
            if (same) return submit_whole(c, order, (*earlier)->key, false);
        }
        pick_and_order(c, order);
    });
}

}  // namespace keepline::desk
