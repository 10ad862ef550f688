// SPDX-License-Identifier: Apache-2.0

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.ToNumberPolicy;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.JSON;
import org.openapitools.client.api.DataApi;
import org.openapitools.client.model.ExportRequest;
import org.openapitools.client.model.IncrRequest;
import org.openapitools.client.model.KeyRequest;
import org.openapitools.client.model.MSetEntry;
import org.openapitools.client.model.MSetRequest;
import org.openapitools.client.model.Problem;
import org.openapitools.client.model.SetRequest;

/** Uses the client that openapi-generator makes for Java. */
public class Main {
    public static void main(String[] args) throws Exception {
        ApiClient client = new ApiClient();
        client.setBasePath(System.getenv("TEMPSKV_URL"));
        client.setBearerToken(System.getenv("TEMPSKV_TOKEN"));
        JSON.setGson(JSON.getGson().newBuilder()
            .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
            .registerTypeAdapterFactory(new NullValues()).create());
        DataApi api = new DataApi(client);

        set(api, "none", null);
        set(api, "large", 9007199254740993L);
        for (String key : List.of("none", "large")) {
            System.out.println("get " + key + " " + api.kvGet(new KeyRequest().key(key)).getValue());
        }
        System.out.println("incr " + api.kvIncr(new IncrRequest().key("large"), null).getValue());
        MSetRequest entries = new MSetRequest().entries(Arrays.asList(
            new MSetEntry().key("text").value("a"), new MSetEntry().key("more").value(null)));
        System.out.println("mset " + api.kvMset(entries, null).getResult());
        String exported = Files.readString(api.kvExport(new ExportRequest()).toPath());
        System.out.println("export " + (exported.split("\"key\":").length - 1) + " " + exported.contains("{\"end\":{\"keys\":4}}"));
        printProblem(() -> api.kvIncr(new IncrRequest().key("text"), null));
        printProblem(() -> api.kvGet(new KeyRequest().key("answered later")));
    }

    private static void set(DataApi api, String key, Object value) throws ApiException {
        if (!"OK".equals(api.kvSet(new SetRequest().key(key).value(value), null).getResult())) throw new AssertionError(key);
    }

    private static void printProblem(Callable<?> call) throws Exception {
        try {
            call.call();
        } catch (ApiException refused) {
            Problem problem = Problem.fromJson(refused.getResponseBody());
            System.out.println("problem " + problem.getStatus() + " " + problem.getCode());
        }
    }

    /** Writes a value that is null. The client leaves out every null, and has no option against that. */
    static class NullValues implements TypeAdapterFactory {
        @Override
        public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
            if (!List.of(SetRequest.class, MSetEntry.class, MSetRequest.class).contains(type.getRawType())) return null;
            TypeAdapter<T> generated = gson.getDelegateAdapter(this, type);
            return new TypeAdapter<>() {
                @Override
                public void write(JsonWriter out, T request) throws IOException {
                    JsonObject fields = generated.toJsonTree(request).getAsJsonObject();
                    fields.entrySet().removeIf(field -> field.getValue().isJsonNull() && !field.getKey().equals("value"));
                    boolean nulls = out.getSerializeNulls();
                    out.setSerializeNulls(true);
                    gson.getAdapter(JsonObject.class).write(out, fields);
                    out.setSerializeNulls(nulls);
                }

                @Override
                public T read(JsonReader in) throws IOException {
                    return generated.read(in);
                }
            };
        }
    }
}
