using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>Messages and zone files may be anything: nothing throws, walks without end, or takes memory without bound.</summary>
/// <remarks>Environment variable NETWHY_FUZZ: how many messages, in place of a short run; NETWHY_FUZZ_SEED: where chance starts.</remarks>
public sealed class DnsFuzzTests
{
    private const long Short = 200_000;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5); // this machine may do other things meanwhile
    private static readonly string Odd = Path.Combine(AppContext.BaseDirectory, "Wire", "DnsRecords", "odd.zone");
    private static readonly byte[] Edges = [0, 1, 2, 3, 4, 5, 0x0c, 0x10, 0x29, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xc1, 0xfa, 0xff];

    private static readonly DnsTextStyle[] Styles =
    [
        DnsTextStyle.Default,
        new() { Multiline = true, Now = 1_795_000_000 },
        new() { Comments = true, OmitCrypto = true, International = true },
        new() { UnknownFormat = true },
        new() { Multiline = true, SplitWidth = 4, TimeUnits = true, ExpandAddresses = true },
    ];

    private static readonly int Seed = Number("NETWHY_FUZZ_SEED", 1);

    [Fact]
    public void Messages()
    {
        var random = new Random(Seed);
        List<byte[]> seeds = Seeds();
        byte[] octets = new byte[ushort.MaxValue], scratch = new byte[ushort.MaxValue];
        var output = new ArrayBufferWriter<byte>();
        long count = Number("NETWHY_FUZZ", (int)Short);
        for (long i = 0; i < count; i++)
        {
            int length = Mutate(random, seeds[random.Next(seeds.Count)], octets);
            long start = Stopwatch.GetTimestamp();
            try
            {
                Read(octets.AsSpan(0, length), Styles[i % Styles.Length], output, scratch);
            }
            catch (Exception exception)
            {
                Assert.Fail($"{Convert.ToHexString(octets.AsSpan(0, length))}: {exception}");
            }

            if (Stopwatch.GetElapsedTime(start) > MostTime)
                Assert.Fail($"it takes long: {Convert.ToHexString(octets.AsSpan(0, length))}");
            Assert.True(output.WrittenCount < 100 * (length + DnsName.MaxLength) * 100, $"{output.WrittenCount} octets of text");
            output.ResetWrittenCount();
        }
    }

    [Fact]
    public void Zone_files()
    {
        var random = new Random(Seed + 1);
        byte[][] lines = [.. File.ReadAllLines(Odd).Append("$ORIGIN x").Append("$GENERATE 1-3/2 a$ A 1.2.3.$").Append("$INCLUDE f y").Select(System.Text.Encoding.ASCII.GetBytes)];
        byte[] text = new byte[4096];
        var output = new ArrayBufferWriter<byte>();
        long count = Number("NETWHY_FUZZ", (int)Short) / 4;
        for (long i = 0; i < count; i++)
        {
            int length = 0;
            for (int line = random.Next(3); line >= 0; line--)
            {
                length += Mutate(random, lines[random.Next(lines.Length)], text.AsSpan(length, 1200));
                text[length++] = (byte)'\n';
            }

            byte[] zone = text.AsSpan(0, length).ToArray();
            try
            {
                int records = 0;
                var reader = new ZoneFileReader(zone, "example", _ => zone);
                OperationStatus status;
                while ((status = reader.Read(out DnsRecord record)) is not OperationStatus.NeedMoreData && records++ < 1000)
                {
                    if (status is OperationStatus.Done)
                        DnsRecordText.WriteRecord(record, Styles[i % Styles.Length], output);
                    else
                        Assert.InRange(reader.Error!.Line, 1, length + 1);
                }
            }
            catch (Exception exception)
            {
                Assert.Fail($"{Convert.ToHexString(zone)}: {exception}");
            }

            output.ResetWrittenCount();
        }
    }

    private static void Read(ReadOnlySpan<byte> octets, DnsTextStyle style, ArrayBufferWriter<byte> output, Span<byte> scratch)
    {
        if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done)
            return;

        DnsQuestionReader questions = message.ReadQuestions();
        while (questions.Read() is OperationStatus.Done)
            DnsRecordText.WriteQuestion(questions.Current, style, output);
        var set = new DnsCanonicalSet();
        DnsRecordReader records = message.ReadRecords();
        for (int i = 0; i < 100 && records.Read() is OperationStatus.Done; i++)
        {
            DnsRecord record = records.Current;
            DnsRecordText.WriteRecord(record, style, output);
            _ = record.CopyDataTo(scratch, out _);
            _ = DnsCanonicalForm.CopyRecord(record, record.Owner.Labels - 1, 60, scratch, out _);
            _ = set.Add(record);
            _ = record.Owner.CompareTo(records.Current.Owner.LastLabels(1));
            if (record.ReadEdns(out DnsEdns edns) is OperationStatus.Done)
            {
                int offset = 0;
                while (edns.ReadOption(ref offset, out _, out ReadOnlySpan<byte> value) is OperationStatus.Done)
                    ReadOption(value);
            }

            if (DnsSignature.Read(record.Data, out DnsSignature signature) is OperationStatus.Done)
                _ = signature.CopySignedTo(scratch, out _);
            _ = DnsTransactionSignature.Read(record.Data, out _);
        }

        _ = DnsTransactionSignature.CopyUnsigned(octets, scratch, out _, out _);
    }

    private static void ReadOption(ReadOnlySpan<byte> value)
    {
        _ = DnsClientSubnet.Read(value, out _);
        _ = DnsCookie.Read(value, out _);
        _ = DnsExtendedError.Read(value, out _);
        _ = DnsLongLivedQuery.Read(value, out _);
        _ = DnsZoneVersion.Read(value, out _);
        _ = DnsOptionValues.ReadName(value, out _);
    }

    // Answers with a record of every type that the zone of odd values has, and messages of BIND's own tests where they are.
    private static List<byte[]> Seeds()
    {
        var seeds = new List<byte[]>();
        var reader = new ZoneFileReader(File.ReadAllBytes(Odd), "example");
        byte[] buffer = new byte[4096];
        while (reader.Read(out DnsRecord record) is OperationStatus.Done)
        {
            Assert.Equal(OperationStatus.Done, DnsMessageWriter.Create(buffer, 1, DnsFlags.Response, DnsResponseCode.NoError, out DnsMessageWriter writer));
            Assert.Equal(OperationStatus.Done, writer.WriteQuestion("www.example", record.Type));
            Assert.Equal(OperationStatus.Done, writer.WriteRecord(DnsSection.Answer, record));
            Assert.Equal(OperationStatus.Done, writer.WriteEdns(1232));
            seeds.Add(writer.Written.ToArray());
        }

        if (DnsSharedData.Find("bind/fuzz/dns_message_parse.in") is { } folder && Directory.Exists(folder))
            seeds.AddRange(Directory.GetFiles(folder).Select(File.ReadAllBytes).Where(octets => octets.Length is > 0 and < 4096));
        return seeds;
    }

    private static int Mutate(Random random, ReadOnlySpan<byte> seed, Span<byte> octets)
    {
        seed.CopyTo(octets);
        int length = seed.Length;
        for (int left = random.Next(6); left > 0 && length > 0; left--)
        {
            int at = random.Next(length);
            switch (random.Next(6))
            {
                case 0:
                    octets[at] = (byte)random.Next(256);
                    break;
                case 1:
                    octets[at] = Edges[random.Next(Edges.Length)];
                    break;
                case 2:
                    octets[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3:
                    length = at;
                    break;
                case 4 when at > 0:
                    (octets[at - 1], octets[at]) = (0xc0, (byte)random.Next(length)); // a pointer
                    break;
                default:
                    int count = Math.Min(random.Next(1, 9), length - at);
                    octets.Slice(at, count).CopyTo(octets[random.Next(length - count + 1)..]);
                    break;
            }
        }

        return length;
    }

    private static int Number(string variable, int other) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : other;
}
