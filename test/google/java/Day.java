import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.GrpcTransportChannel;
import com.google.api.gax.rpc.FixedTransportChannelProvider;
import com.google.cloud.NoCredentials;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.DatasetInfo;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.InsertAllRequest;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.QueryParameterValue;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import com.google.cloud.bigquery.storage.v1.BigQueryWriteClient;
import com.google.cloud.bigquery.storage.v1.BigQueryWriteSettings;
import com.google.cloud.bigquery.storage.v1.JsonStreamWriter;
import com.google.cloud.bigquery.storage.v1.TableName;
import com.google.cloud.pubsub.v1.MessageReceiver;
import com.google.cloud.pubsub.v1.Publisher;
import com.google.cloud.pubsub.v1.Subscriber;
import com.google.cloud.pubsub.v1.SubscriptionAdminClient;
import com.google.cloud.pubsub.v1.SubscriptionAdminSettings;
import com.google.cloud.pubsub.v1.TopicAdminClient;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.protobuf.ByteString;
import com.google.pubsub.v1.ProjectSubscriptionName;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.SubscriptionName;
import com.google.pubsub.v1.TopicName;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.json.JSONArray;
import org.json.JSONObject;

/** A day of a program in Java: each step prints `ok` and what it saw, and whatever goes wrong ends it. */
public class Day {
  public static void main(String[] arguments) throws Exception {
    BigQuery bigquery = BigQueryOptions.newBuilder().setProjectId("demo").setHost(System.getenv("BIGQUERY_EMULATOR_HOST"))
        .setCredentials(NoCredentials.getInstance()).build().getService();
    ManagedChannel channel = ManagedChannelBuilder.forTarget(System.getenv("PUBSUB_EMULATOR_HOST")).usePlaintext().build();
    Publisher publisher = Publisher.newBuilder(TopicName.of("demo", "orders"))
        .setChannelProvider(FixedTransportChannelProvider.create(GrpcTransportChannel.create(channel)))
        .setCredentialsProvider(NoCredentialsProvider.create()).build();
    messages(channel, publisher);
    rows(bigquery);
    System.exit(0);
  }

  static void messages(ManagedChannel channel, Publisher publisher) throws Exception {
    var none = NoCredentialsProvider.create();
    var admin = FixedTransportChannelProvider.create(GrpcTransportChannel.create(channel));
    var topics = TopicAdminClient.create(TopicAdminSettings.newBuilder()
        .setTransportChannelProvider(admin).setCredentialsProvider(none).build());
    var subscriptions = SubscriptionAdminClient.create(SubscriptionAdminSettings.newBuilder()
        .setTransportChannelProvider(admin).setCredentialsProvider(none).build());
    topics.createTopic(TopicName.of("demo", "orders"));
    subscriptions.createSubscription(Subscription.newBuilder().setName(SubscriptionName.format("demo", "orders-sub"))
        .setTopic(TopicName.format("demo", "orders")).setEnableMessageOrdering(true).build());
    for (int n = 0; n < 50; n++)
      publisher.publish(PubsubMessage.newBuilder().setData(ByteString.copyFromUtf8("" + n)).build()).get(20, TimeUnit.SECONDS);
    publisher.shutdown();
    var left = new CountDownLatch(50);
    var seen = new ConcurrentLinkedQueue<String>();
    var subscriber = Subscriber.newBuilder(ProjectSubscriptionName.of("demo", "orders-sub"), (MessageReceiver) (message, reply) -> {
      seen.add(message.getData().toStringUtf8());
      reply.ack();
      left.countDown();
    }).setChannelProvider(admin).setCredentialsProvider(none).build();
    subscriber.startAsync().awaitRunning();
    boolean all = left.await(30, TimeUnit.SECONDS);
    subscriber.stopAsync().awaitTerminated(20, TimeUnit.SECONDS);
    System.out.println("ok messages " + all + " " + seen.stream().distinct().count());
  }

  static void rows(BigQuery bigquery) throws Exception {
    bigquery.create(DatasetInfo.newBuilder("shop").setLocation("US").build());
    var schema = Schema.of(Field.of("id", StandardSQLTypeName.INT64), Field.of("name", StandardSQLTypeName.STRING));
    var id = TableId.of("shop", "people");
    bigquery.create(TableInfo.of(id, StandardTableDefinition.of(schema)));
    var inserted = bigquery.insertAll(InsertAllRequest.newBuilder(id).addRow(Map.of("id", 1, "name", "Ada")).build());
    System.out.println("ok insertAll " + inserted.getInsertErrors());
    var changed = bigquery.getTable(id).toBuilder().setDescription("who buys").build().update();
    System.out.println("ok patch " + changed.getDescription());
    var address = System.getenv("STORAGE_WRITE_ENDPOINT").replaceFirst("^http://", "");
    var write = BigQueryWriteClient.create(BigQueryWriteSettings.newBuilder()
        .setTransportChannelProvider(FixedTransportChannelProvider.create(
            GrpcTransportChannel.create(ManagedChannelBuilder.forTarget(address).usePlaintext().build())))
        .setCredentialsProvider(NoCredentialsProvider.create()).build());
    try (var writer = JsonStreamWriter.newBuilder(TableName.of("demo", "shop", "people").toString(), write).build()) {
      var row = new JSONObject().put("id", 2).put("name", "Bob");
      System.out.println("ok append " + writer.append(new JSONArray(List.of(row))).get(20, TimeUnit.SECONDS).hasError());
    }
    var query = QueryJobConfiguration.newBuilder("SELECT name FROM shop.people WHERE id <= @most ORDER BY id")
        .addNamedParameter("most", QueryParameterValue.int64(2)).build();
    var names = new StringBuilder();
    for (FieldValueList row : bigquery.query(query).iterateAll()) names.append(" ").append(row.get("name").getStringValue());
    System.out.println("ok query" + names);
  }
}
