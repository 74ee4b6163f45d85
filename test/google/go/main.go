// A day of a program in Go: each step prints `ok` and what it saw, and whatever goes wrong ends it.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/bigquery/storage/managedwriter"
	"cloud.google.com/go/bigquery/storage/managedwriter/adapt"
	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

type person struct {
	ID   int64
	Name string
	Seen time.Time
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	for _, part := range []func(context.Context) error{messages, rows} {
		if err := part(ctx); err != nil {
			log.Fatal(err)
		}
	}
}

func messages(ctx context.Context) error {
	client, err := pubsub.NewClient(ctx, "demo")
	if err != nil {
		return err
	}
	defer client.Close()
	topic, name := "projects/demo/topics/orders", "projects/demo/subscriptions/orders-sub"
	if _, err := client.TopicAdminClient.CreateTopic(ctx, &pubsubpb.Topic{Name: topic}); err != nil {
		return err
	}
	_, err = client.SubscriptionAdminClient.CreateSubscription(ctx, &pubsubpb.Subscription{
		Name: name, Topic: topic, AckDeadlineSeconds: 10, EnableMessageOrdering: true})
	if err != nil {
		return err
	}
	publisher := client.Publisher("orders")
	publisher.EnableMessageOrdering = true
	for n := range 100 {
		publisher.Publish(ctx, &pubsub.Message{Data: fmt.Append(nil, n), OrderingKey: "one"})
	}
	publisher.Stop()
	receiving, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	var lock sync.Mutex
	next, inOrder := 0, true
	err = client.Subscriber("orders-sub").Receive(receiving, func(_ context.Context, message *pubsub.Message) {
		lock.Lock()
		defer lock.Unlock()
		inOrder = inOrder && string(message.Data) == fmt.Sprint(next)
		next++
		message.Ack()
		if next == 100 {
			stop()
		}
	})
	fmt.Println("ok messages", next, inOrder)
	return err
}

func rows(ctx context.Context) error {
	client, err := bigquery.NewClient(ctx, "demo",
		option.WithEndpoint(os.Getenv("BIGQUERY_EMULATOR_HOST")+"/bigquery/v2/"), option.WithoutAuthentication())
	if err != nil {
		return err
	}
	err = client.EnableStorageReadClient(ctx,
		option.WithEndpoint(strings.TrimPrefix(os.Getenv("STORAGE_WRITE_ENDPOINT"), "http://")),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		return err
	}
	dataset := client.Dataset("shop")
	if err := dataset.Create(ctx, &bigquery.DatasetMetadata{Location: "US"}); err != nil {
		return err
	}
	schema, err := bigquery.InferSchema(person{})
	if err != nil {
		return err
	}
	schema = schema.Relax()
	table := dataset.Table("people")
	if err := table.Create(ctx, &bigquery.TableMetadata{Schema: schema}); err != nil {
		return err
	}
	if err := table.Inserter().Put(ctx, &person{ID: 1, Name: "Ada", Seen: time.Now()}); err != nil {
		return err
	}
	if err := appendRow(ctx, schema, `{"ID": 2, "Name": "Bob"}`); err != nil {
		return err
	}
	query := client.Query("SELECT Name FROM shop.people WHERE ID <= @most ORDER BY ID")
	query.Parameters = []bigquery.QueryParameter{{Name: "most", Value: 2}}
	found, err := query.Read(ctx)
	if err != nil {
		return err
	}
	names, err := all(found)
	if err != nil {
		return err
	}
	read := table.Read(ctx)
	whole, err := all(read)
	if err != nil {
		return err
	}
	fmt.Println("ok query", names, "storage read", read.IsAccelerated(), len(whole))
	return nil
}

func all(found *bigquery.RowIterator) ([][]bigquery.Value, error) {
	var rows [][]bigquery.Value
	for {
		var row []bigquery.Value
		switch err := found.Next(&row); err {
		case nil:
			rows = append(rows, row)
		case iterator.Done:
			return rows, nil
		default:
			return nil, err
		}
	}
}

func appendRow(ctx context.Context, schema bigquery.Schema, row string) error {
	client, err := managedwriter.NewClient(ctx, "demo",
		option.WithEndpoint(strings.TrimPrefix(os.Getenv("STORAGE_WRITE_ENDPOINT"), "http://")),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		return err
	}
	defer client.Close()
	stored, err := adapt.BQSchemaToStorageTableSchema(schema)
	if err != nil {
		return err
	}
	made, err := adapt.StorageSchemaToProto2Descriptor(stored, "root")
	if err != nil {
		return err
	}
	kind := made.(protoreflect.MessageDescriptor)
	descriptor, err := adapt.NormalizeDescriptor(kind)
	if err != nil {
		return err
	}
	stream, err := client.NewManagedStream(ctx, managedwriter.WithSchemaDescriptor(descriptor),
		managedwriter.WithDestinationTable(managedwriter.TableParentFromParts("demo", "shop", "people")))
	if err != nil {
		return err
	}
	defer stream.Close()
	message := dynamicpb.NewMessage(kind)
	if err := protojson.Unmarshal([]byte(row), message); err != nil {
		return err
	}
	bytes, err := proto.Marshal(message)
	if err != nil {
		return err
	}
	result, err := stream.AppendRows(ctx, [][]byte{bytes})
	if err != nil {
		return err
	}
	if _, err := result.GetResult(ctx); err != nil {
		return err
	}
	fmt.Println("ok append")
	return nil
}
