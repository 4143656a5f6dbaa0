// One request of a browser in the hands of its page, and the few steps that most pages share. Everything here runs on
// the exchange's own thread.
#pragma once

#include "desk/desk.hpp"
#include "http/message.hpp"
#include "portal/form.hpp"
#include "portal/settings.hpp"
#include "portal/speaker.hpp"
#include "portal/templates.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keepline::portal {

using base::instant;
using base::result;

struct route;
class live_streams;

/// Whether a certificate was signed by us, as link/jws.hpp verifies it: the name of the key that did. Empty: it cannot
/// be verified here.
using certificate_check = std::function<result<std::string>(std::string_view jws)>;

/// Shared by all visits of one portal.
struct services {
    desk::desk& at;
    settings how;
    const text::book* texts;
    page_set pages;
    certificate_check check{};
    live_streams* live = nullptr;
};

/// The exchange's thread, as the desk knows it.
class exchange_thread final : public desk::executor {
 public:
    explicit exchange_thread(http::exchange_ptr way) : way_(std::move(way)) {}
    void run(std::function<void()> work) override { way_->run(std::move(work)); }
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
        way_->run_after(pause, std::move(work));
    }

 private:
    http::exchange_ptr way_;
};

/// For how long a browser keeps a cookie.
enum class cookie_life { while_open, minutes, year };

/// What was wrong with what somebody typed.
struct mistake {
    std::string field;  // its id in the page; empty: none in particular
    std::string words;
    std::optional<base::error> why{};  // in whose stead its words are said
    std::string to{};                  // the page where it is put right; empty: this one
};

/// What a line's policy says that its pages need: copies, for the rules may be read anew meanwhile.
struct local_rules {
    base::zone zone;  // for days and times; UTC where the line has no policy
    domain::keepalive_rules keepalive;
    domain::hours_by_risk cooling_off_hours;
    int lost_device_cooling_off_hours = 0;
};
local_rules rules_of(const services& house, const std::optional<std::string>& policy);

struct visit : std::enable_shared_from_this<visit> {
    visit(services& of, http::exchange_ptr with, speaker reads) : house(of), way(std::move(with)), says(reads) {}

    services& house;
    http::exchange_ptr way;
    speaker says;
    std::string correlation;
    const route* matched = nullptr;
    std::string arg;  // the variable part of the path
    form said;        // what was posted
    form query;
    std::string session;               // the token; empty: nobody is signed in
    std::string seal;                  // what the forms of this visit are bound to: the session, or a cookie before it
    std::optional<desk::holder> who;   // whose session it is
    std::vector<mistake> mistakes;     // of what was posted, said on the page that is shown again
    std::vector<std::string> cookies;  // to be set
    base::zone where;                  // of the line that the page is about
    bool answered = false;

    const http::request& in() const { return way->in; }
    instant now() const;
    /// As it is put to the desk: by whoever is signed in. A POST has the key of its form and what was typed, so that
    /// the same form with the same words is the same request.
    desk::request asking() const;
    /// The same by the portal itself, before anybody is signed in.
    desk::request asking_for_stranger() const;

    // -- the end of a visit: exactly one of these, once
    void show(std::string_view page, std::string_view title, model with, int status = 200);
    /// What stands in the page's <live-part>, as it is at this version; nothing, if the browser has that (?seen=).
    void show_part(std::string_view page, std::uint64_t version, model with);
    void go(std::string to);
    void answer(http::response with);
    /// A page that says why not.
    void refuse(const base::error& why);

    // -- on the way
    /// What the desk refused, or the text portal.word; `field` is where it is shown.
    void note_mistake(std::string field, base::error why);
    void note_mistake(std::string field, std::string_view word);
    /// Said above the page, with a link to where it is put right.
    void note_missing(std::string_view word, std::string to);
    /// Whom to count where nobody is signed in: opaque, and no address.
    std::string caller() const;
    std::string why_not(const base::error& why) const;
    std::string form_token() const;
    /// A key that no other form has.
    std::string once_token() const;
    void set_cookie(std::string_view name, std::string_view value, cookie_life lasts = cookie_life::while_open);

 private:
    desk::request asking_as(const desk::holder& one) const;
    const base::digest& body_digest() const;

    mutable std::optional<base::digest> body_digest_{};  // of a form that may be long, made once
};
using visit_ptr = std::shared_ptr<visit>;

/// What is refused ends the visit; else goes on with what was told.
template <typename T, typename Next>
desk::reply<T> or_refuse(const visit_ptr& v, Next next) {
    return [v, next = std::move(next)](result<T> told) {
        if (!told) return v->refuse(told.error());
        next(*std::move(told));
    };
}

/// A code to the line, shown now, is all that is missing: the page has the way to it (_prove.html).
bool is_to_be_proved(const base::error& why);

/// What was asked for is done now, or somebody else must sign it first: then `view` is null.
template <typename View>
const View* view_of(const desk::told<View>& told) {
    return std::get_if<View>(&told.is);
}

}  // namespace keepline::portal
