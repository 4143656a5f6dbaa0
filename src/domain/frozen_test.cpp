// What was ever written to a journal is read as it was meant: no event, no effect, none of their members, defaults
// (which are not written) and names of values changes or goes, from the first release on. frozen_forms.txt says how
// they are; what is new is added to it, by this test with KEEPLINE_FREEZE=1.
#include "base/json.hpp"
#include "domain/claim/claim.hpp"
#include "domain/credential/credential.hpp"
#include "domain/effects.hpp"
#include "domain/esim/esim.hpp"
#include "domain/import_plan/import_plan.hpp"
#include "domain/number/number.hpp"
#include "domain/subscriber/subscriber.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include <boost/mp11.hpp>
#include <gtest/gtest.h>

namespace keepline::domain {
namespace {

const std::string file_of_forms = KEEPLINE_SOURCE_DIR "/src/domain/frozen_forms.txt";

/// One line for each thing that stored text depends on.
class forms {
 public:
    template <typename Variant>
    void add_all(const std::string& path) {
        base::for_each_alternative<Variant>([&](auto one) {
            using alternative = typename decltype(one)::type;
            const auto name = path + std::string(alternative::name);
            lines.insert(name);
            add_members<alternative>(name);
        });
    }

    std::set<std::string> lines;

 private:
    template <typename T>
    void add_members(const std::string& path) {
        boost::mp11::mp_for_each<base::json_detail::members_of<T>>([&](auto member) {
            using field = std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>;
            const auto at = path + "." + member.name;
            add_default(at, base::json_detail::default_of<T>().*member.pointer);
            add_inside<field>(at);
        });
    }
    /// As it stands where nothing is written. What has members is told by them.
    template <typename Field>
    void add_default(const std::string& path, const Field& value) {
        using namespace base::json_detail;
        if constexpr (is_vector<Field>::value || is_map<Field>::value)
            lines.insert(path + (value.empty() ? " = none" : " = some"));
        else if constexpr (is_optional<Field>::value)
            lines.insert(path + (value ? " = something" : " = nothing"));
        else if constexpr (!described<Field> && !base::is_variant<Field>)
            lines.insert(path + " = " + base::to_json(value));
        else
            lines.insert(path);
    }
    template <typename Field>
    void add_inside(const std::string& path) {
        using namespace base::json_detail;
        if constexpr (is_vector<Field>::value)
            add_inside<typename Field::value_type>(path + "[]");
        else if constexpr (is_map<Field>::value)
            add_inside<typename Field::mapped_type>(path + "{}");
        else if constexpr (is_optional<Field>::value)
            add_inside<typename Field::value_type>(path + "?");
        else if constexpr (described_enum<Field>)
            boost::mp11::mp_for_each<boost::describe::describe_enumerators<Field>>(
                [&](auto one) { lines.insert(path + " may be " + one.name); });
        else if constexpr (base::is_variant<Field>)
            add_all<Field>(path + ":");
        else if constexpr (described<Field>)
            add_members<Field>(path);
    }
};

std::set<std::string> forms_now() {
    forms out;
    out.add_all<number_event>("number ");
    out.add_all<subscriber_event>("subscriber ");
    out.add_all<esim_event>("esim ");
    out.add_all<claim_event>("claim ");
    out.add_all<credential_event>("credential ");
    out.add_all<import_plan_event>("import_plan ");
    out.add_all<effect>("effect ");
    return std::move(out.lines);
}

std::set<std::string> forms_noted() {
    std::ifstream in(file_of_forms);
    std::set<std::string> out;
    for (std::string line; std::getline(in, line);)
        if (!line.empty() && line.front() != '#') out.insert(line);
    return out;
}

TEST(frozen, nothing_that_a_journal_may_hold_has_changed_or_gone) {
    const auto now = forms_now();
    const auto noted = forms_noted();
    ASSERT_GT(noted.size(), 1000U) << file_of_forms;
    std::string gone;
    for (const auto& one : noted)
        if (!now.contains(one)) gone += "\n  " + one;
    EXPECT_EQ(gone, "") << "journals that were written hold it: give what is new another name";
}

TEST(frozen, what_is_new_is_noted) {
    const auto now = forms_now();
    const auto noted = forms_noted();
    std::string fresh;
    for (const auto& one : now)
        if (!noted.contains(one)) fresh += one + "\n";
    if (std::getenv("KEEPLINE_FREEZE") != nullptr) {  // NOLINT(concurrency-mt-unsafe): a test
        std::ofstream out(file_of_forms);
        auto all = noted;
        all.insert(now.begin(), now.end());
        for (const auto& one : all) out << one << '\n';
        return;
    }
    EXPECT_EQ(fresh, "") << "add it for good: KEEPLINE_FREEZE=1 domain_test --gtest_filter='frozen.*'";
}

}  // namespace
}  // namespace keepline::domain
