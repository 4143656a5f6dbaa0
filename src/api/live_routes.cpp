// The stream of what changes, over HTTP (live.hpp).
#include "api/live.hpp"
#include "api/routes.hpp"

namespace keepline::api {

void follow_changes(const call_ptr& c) {
    if (c->in().how == verb::head)
        return c->refuse({base::code::method_not_allowed, "A stream is followed with GET.", {{"allow", "GET"}}});
    c->api->at.follow_changes(c->asking(), [c](result<domain::role> may) {
        if (!may) return c->refuse(may.error());
        auto source = c->api->live->open(*c, c->in().last_event_id);
        if (!source) return c->refuse(source.error());
        response out;
        out.type = "text/event-stream";
        out.headers.push_back({"X-Accel-Buffering", "no"});  // nginx would collect it
        out.source = std::move(*source);
        c->answer(std::move(out));
    });
}

}  // namespace keepline::api
