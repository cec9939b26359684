#include "mongo_copy.hpp"

#include "pryv_export/base/file.hpp"

#include "mongo_chain.hpp"

namespace pryv_export::source {

void copy_collection(mongo_context& context, const std::string& collection,
                     const std::filesystem::path& folder)
{
    auto const path = folder / (collection + ".bson");
    auto file = create_private_file(path);
    chain_query everything;
    everything.database = context.options.database_name;
    everything.collection = collection;
    auto const cursor = open_chain(context, std::move(everything), {});
    std::string block;
    for (batch part; cursor->next(part);) {
        block.clear();
        for (const document& found : part.documents)
            block.append(reinterpret_cast<const char*>(found.bytes.data()), found.bytes.size());
        write_all(file.value(), block, path.native());
    }
    file.close_checked(path.native());
}

} // namespace pryv_export::source
