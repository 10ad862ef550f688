// SPDX-License-Identifier: Apache-2.0

import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.DataApi;
import org.openapitools.client.model.ExportRequest;
import org.openapitools.client.model.IncrRequest;
import org.openapitools.client.model.KeyRequest;
import org.openapitools.client.model.MSetEntry;
import org.openapitools.client.model.MSetRequest;
import org.openapitools.client.model.Problem;
import org.openapitools.client.model.SetRequest;

/** Uses the client that openapi-generator makes for Java with library=native. */
public class Main {
    public static void main(String[] args) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(System.getenv("TEMPSKV_URL"));
        client.setRequestInterceptor(r -> r.header("Authorization", "Bearer " + System.getenv("TEMPSKV_TOKEN")));
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
        printProblem(client, () -> api.kvIncr(new IncrRequest().key("text"), null));
        printProblem(client, () -> api.kvGet(new KeyRequest().key("answered later")));
    }

    private static void printProblem(ApiClient client, Callable<?> call) throws Exception {
        try {
            call.call();
        } catch (ApiException refused) {
            Problem problem = client.getObjectMapper().readValue(refused.getResponseBody(), Problem.class);
            System.out.println("problem " + problem.getStatus() + " " + problem.getCode());
        }
    }

    private static void set(DataApi api, String key, Object value) throws ApiException {
        if (!"OK".equals(api.kvSet(new SetRequest().key(key).value(value), null).getResult())) throw new AssertionError(key);
    }
}
