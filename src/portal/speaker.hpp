// Words, days and money as the reader's language has them. A value that refers to its book; any thread.
#pragma once

#include "base/time.hpp"
#include "text/book.hpp"

#include <string>
#include <string_view>
#include <type_traits>

#include <boost/describe.hpp>

namespace keepline::portal {

class speaker {
 public:
    speaker(const text::book& texts, const text::language& in) : texts_(&texts), in_(&in) {}

    const text::language& language() const { return *in_; }
    /// The text portal.key; empty: there is none.
    std::string word(std::string_view key, const text::values& with = {}) const {
        return text::render(texts_->find(*in_, "portal." + std::string(key)), with);
    }
    /// portal.table.value; a value that has no name is shown as it is.
    template <typename Enum>
        requires std::is_enum_v<Enum>
    std::string name(std::string_view table, Enum value) const {
        const std::string is = boost::describe::enum_to_string(value, "");
        auto known = word(std::string(table) + "." + is);
        return known.empty() ? is : known;
    }
    std::string day(base::local_day at) const { return at.days == 0 ? std::string() : texts_->day(*in_, at); }
    std::string day(base::instant at, const base::zone& where) const {
        return at ? day(where.day_of(at)) : std::string();
    }
    std::string moment(base::instant at, const base::zone& where) const {
        return at ? texts_->localised(*in_, where.local_text(at)) : std::string();
    }
    std::string money(const base::money& amount) const { return texts_->money(*in_, amount); }

 private:
    const text::book* texts_;
    const text::language* in_;
};

}  // namespace keepline::portal
