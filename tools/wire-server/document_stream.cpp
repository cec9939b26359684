#include "document_stream.hpp"

#include <algorithm>
#include <utility>

namespace wire {

namespace {

order sorted_matches(const find_spec& spec, query_plan plan)
{
    order found;
    for (std::uint32_t i = 0; plan.next(i);)
        if (!plan.needs_filter() || spec.filter.matches(spec.from->documents[i].view())) found.push_back(i);
    std::vector<std::vector<bson_element>> keys(spec.sort.size());
    std::vector<std::uint32_t> places(found.size());
    for (std::uint32_t i = 0; i < found.size(); ++i) places[i] = i;
    for (std::size_t f = 0; f < spec.sort.size(); ++f)
        for (auto const i : found)
            keys[f].push_back(
                sort_key(spec.from->documents[i].view(), spec.sort[f].key, spec.sort[f].descending));
    std::stable_sort(places.begin(), places.end(), [&](std::uint32_t a, std::uint32_t b) {
        for (std::size_t f = 0; f < keys.size(); ++f)
            if (int const order = compare(keys[f][a], keys[f][b]); order != 0)
                return spec.sort[f].descending ? order > 0 : order < 0;
        return false;
    });
    order result(found.size());
    std::transform(places.begin(), places.end(), result.begin(), [&](std::uint32_t i) { return found[i]; });
    return result;
}

class collection_stream final : public document_stream
{
public:
    collection_stream(find_spec spec, std::shared_ptr<const bytes> request)
        : spec_(std::move(spec)), request_(std::move(request)),
          plan_(*spec_.from, spec_.filter, spec_.sort, spec_.use)
    {
        if (plan_.needs_sort()) sorted_ = sorted_matches(spec_, plan_);
        std::uint32_t ignored = 0;
        for (auto i = spec_.skip; i > 0 && advance(ignored); --i) {
        }
    }

    std::optional<bson_bytes> peek() override
    {
        if (!shown_ && !show()) return std::nullopt;
        return spec_.fields.empty() ? current_ : bson_bytes{projected_};
    }

    void take(std::deque<bytes>& keep) override
    {
        shown_ = false;
        if (!spec_.fields.empty()) keep.push_back(std::move(projected_));
    }

    bool finished() const override { return spec_.limit != 0 && given_ == spec_.limit && !shown_; }

private:
    bool advance(std::uint32_t& number)
    {
        if (plan_.needs_sort()) {
            if (at_sorted_ == sorted_.size()) return false;
            number = sorted_[at_sorted_++];
            return true;
        }
        while (plan_.next(number))
            if (!plan_.needs_filter() || spec_.filter.matches(spec_.from->documents[number].view()))
                return true;
        return false;
    }

    bool show()
    {
        std::uint32_t number = 0;
        if ((spec_.limit != 0 && given_ == spec_.limit) || !advance(number)) return false;
        ++given_;
        current_ = spec_.from->documents[number].view();
        if (!spec_.fields.empty()) projected_ = spec_.fields.apply(current_);
        return shown_ = true;
    }

    find_spec spec_;
    std::shared_ptr<const bytes> request_;
    query_plan plan_;
    order sorted_;
    std::size_t at_sorted_ = 0;
    std::int64_t given_ = 0;
    bool shown_ = false;
    bson_bytes current_;
    bytes projected_;
};

class list_stream final : public document_stream
{
public:
    explicit list_stream(std::vector<bytes> documents) : documents_(std::move(documents)) {}
    std::optional<bson_bytes> peek() override
    {
        if (at_ == documents_.size()) return std::nullopt;
        return bson_bytes{documents_[at_]};
    }
    void take(std::deque<bytes>& keep) override { keep.push_back(std::move(documents_[at_++])); }
    bool finished() const override { return at_ == documents_.size(); }

private:
    std::vector<bytes> documents_;
    std::size_t at_ = 0;
};

} // namespace

std::unique_ptr<document_stream> stream_documents(find_spec spec, std::shared_ptr<const bytes> request)
{
    return std::make_unique<collection_stream>(std::move(spec), std::move(request));
}

std::unique_ptr<document_stream> stream_list(std::vector<bytes> documents)
{
    return std::make_unique<list_stream>(std::move(documents));
}

} // namespace wire
