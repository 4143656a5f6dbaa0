// What happened to a line, out of its journal as its owner may see it: money that moved, and who did what, staff and
// systems by what they are. The newest first.
#include "base/json.hpp"
#include "desk/person_words.hpp"
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/pay_page.hpp"
#include "portal/routes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <memory>

namespace keepline::portal {

namespace {
namespace history {

constexpr std::size_t entries_per_read = 200;
constexpr std::size_t entries_shown = 2'000;  // the latest; what is older stands in the copy of everything
constexpr std::size_t entries_read_most = entries_shown + 5 * entries_per_read;  // more may come while they are read
constexpr std::size_t rows_a_page = 25;

using entries = std::vector<desk::history_entry_view>;
using after_reading = std::function<void(const entries&)>;

/// Reads on from `after` to the end, from the latest on, so that nobody hides what they did by doing more. By entries,
/// not by the line's version: that counts no notes of what was sent, of which there may be any number.
void read_on(const visit_ptr& v, const std::string& line, const std::string& after, std::size_t read,
             const std::shared_ptr<entries>& all, const after_reading& next) {
    desk::paging page{after, entries_per_read, entries_shown};
    v->house.at.read_history(v->asking(), line, page,
                             or_refuse<desk::page_of<desk::history_entry_view>>(
                                 v, [v, line, read, all, next](desk::page_of<desk::history_entry_view> told) {
                                     std::ranges::move(told.items, std::back_inserter(*all));
                                     const auto more = read + entries_per_read;
                                     if (told.next.empty() || more >= entries_read_most) return next(*all);
                                     read_on(v, line, told.next, more, all, next);
                                 }));
}

void with_history(const visit_ptr& v, std::function<void(const line_seen&, const entries&)> next) {
    with_line(v, [v, next = std::move(next)](const line_seen& of) {
        read_on(v, of.is.id, {}, 0, std::make_shared<entries>(), [next, of](const entries& all) { next(of, all); });
    });
}

/// Those of the page that the address names, the newest first, with the links to the pages beside it. `words`: of one
/// row.
template <typename Row, typename Words>
void add_rows(model& page, const visit& v, const std::vector<Row>& all, Words words) {
    std::size_t at = 0;
    const auto wanted = v.query.value("page");
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), at);
    const auto pages = (all.size() + rows_a_page - 1) / rows_a_page;
    at = std::min(at, pages == 0 ? 0 : pages - 1);
    if (at > 0) page.set("newer", std::to_string(at - 1));
    if (at + 1 < pages) page.set("older", std::to_string(at + 1));
    const auto first = at * rows_a_page;
    std::vector<model> rows;
    for (auto i = first; i < std::min(all.size(), first + rows_a_page); ++i)
        rows.push_back(words(all[all.size() - 1 - i]));
    page.list("rows", std::move(rows));
}

// -- money

/// As the desk shows it to a customer.
struct booked {
    std::string type;
    domain::booking what;
    std::string note;
    instant at;
};
BOOST_DESCRIBE_STRUCT(booked, (), (type, what, note, at))

std::optional<booked> booking_in(const base::raw_json& event) {
    if (!event.text.starts_with(R"({"type":"money_booked")")) return std::nullopt;
    const auto parsed = base::parse_json(event.text);
    if (!parsed) return std::nullopt;
    auto out = base::decode<booked>(*parsed, base::form::api);
    return out ? std::optional(*std::move(out)) : std::nullopt;
}

/// What moved on the account that its kind is about: what the customer has or owes, else whatever moved.
base::money amount_of(const domain::booking& what, const std::string& currency) {
    std::int64_t theirs = 0;
    std::int64_t moved = 0;
    for (const auto& one : what.postings) {
        using enum domain::account;
        if (one.where == prepaid || one.where == bonus || one.where == debt) theirs -= one.minor;
        moved += std::max<std::int64_t>(0, one.minor);
    }
    return {theirs == 0 ? moved : theirs, currency};
}

/// An amount is typed first: the page of payments is of somebody else, and no form of ours goes there.
void add_top_up(model& page, const visit_ptr& v, const line_seen& of) {
    const auto& currency = of.is.balance.prepaid.currency;
    const bool goes = of.is.status != domain::line_status::ended && !v->house.how.pay_page.empty() && !currency.empty();
    if (!goes) return;
    const auto typed = std::string(v->query.value("amount"));
    page.flag("may_top_up").set("currency", currency).set("typed", typed);
    if (typed.empty()) return;
    const auto amount = typed_amount(typed, currency);
    if (!amount) return v->note_mistake("amount", "pay.amount_wrong");
    const payment what{top_up_reference(of.is.id, of.is.version, *amount), *amount, v->says.language().tag};
    page.set("top_up", v->says.money(*amount)).set("pay_page", pay_address(v->house.how.pay_page, what));
}

void show_money_of(const visit_ptr& v, const line_seen& of, const entries& all) {
    auto page = model_of(of);
    add_balance(page, *v, of.is.balance);
    add_top_up(page, v, of);
    std::vector<booked> moved;
    for (const auto& entry : all)
        for (const auto& event : entry.events)
            if (auto one = booking_in(event)) moved.push_back(*std::move(one));
    add_rows(page, *v, moved, [&](const booked& one) {
        return model()
            .set("when", v->says.moment(one.at, v->where))
            .set("what", v->says.name("booking", one.what.kind))
            .set("note", one.note)
            .set("amount", v->says.money(amount_of(one.what, of.is.balance.prepaid.currency)));
    });
    v->show("money", v->says.word("money.title"), std::move(page));
}

// -- activity

struct happened {
    const desk::history_entry_view* in = nullptr;
    const base::raw_json* what = nullptr;
};

constexpr std::size_t looks_shown = 10;

/// What was looked at, in words.
std::string looked_at(const visit& v, const std::string& what) {
    const auto& in = v.says.language();
    const auto known = v.house.texts->find(in, "look." + what.substr(0, what.find(' ')));  // "document dc_…"
    return std::string(known.empty() ? v.house.texts->find(in, "look.other") : known);
}

void add_looks(model& page, const visit& v, const std::vector<desk::look_view>& all) {
    std::vector<model> rows;
    for (const auto& one : all) {
        if (rows.size() == looks_shown) break;
        rows.push_back(model()
                           .set("when", v.says.moment(one.at, v.where))
                           .set("who", v.says.name("actor", one.as))
                           .set("words", looked_at(v, one.what)));
    }
    page.flag("nobody", rows.empty()).list("looks", std::move(rows));
}

/// Where messages went, as their owner knows it again; a session that is shown no contact points knows the line.
std::map<std::string, std::string> places_told(const visit& v, const result<port::person>& person) {
    std::map<std::string, std::string> out{{"line", v.says.word("activity.to_line")}};
    if (!person) return out;
    for (const auto& one : person->contacts) out.emplace(one.id.text(), masked_address(one.by, one.address));
    return out;
}

void show_activity_of(const visit_ptr& v, const line_seen& of, const entries& all, const result<port::person>& person) {
    const desk::reader_of_words reads{v->house.texts, &v->says.language(), v->where, places_told(*v, person)};
    const text::values more{{"tail", desk::last_four(of.is.number.text())}};
    auto page = model_of(of);
    std::vector<happened> events;
    for (const auto& entry : all)
        for (const auto& event : entry.events) events.push_back({&entry, &event});
    add_rows(page, *v, events, [&](const happened& one) {
        return model()
            .set("when", v->says.moment(one.in->at, v->where))
            .set("who", v->says.name("actor", one.in->by.as))
            .set("through", v->says.name("channel", one.in->channel))
            .set("words", desk::event_in_words(reads, *one.what, more));
    });
    using looks = desk::page_of<desk::look_view>;
    const auto shown = std::make_shared<model>(std::move(page));
    v->house.at.list_looks(v->asking(), v->who->who.id.text(), or_refuse<looks>(v, [v, shown](const looks& told) {
                               add_looks(*shown, *v, told.items);
                               v->show("activity", v->says.word("activity.title"), std::move(*shown));
                           }));
}

}  // namespace history
}  // namespace

void show_money(const visit_ptr& v) {
    history::with_history(
        v, [v](const line_seen& of, const history::entries& all) { history::show_money_of(v, of, all); });
}

void show_activity(const visit_ptr& v) {
    history::with_history(v, [v](const line_seen& of, const history::entries& all) {
        v->house.at.read_person(
            v->asking(), v->who->who.id.text(), std::string(),
            [v, of, all](const result<port::person>& person) { history::show_activity_of(v, of, all, person); });
    });
}

}  // namespace keepline::portal
