// Reads DNS responses on one core, as a resolver does: dotnet run -c Release Parse.cs [SECONDS]
//
// A typical answer: an alias and two addresses behind compressed names, and an OPT record. Every record is walked, and its owner
// and data are read. Prints responses and records a second, nanoseconds, and octets allocated.
#:project ../../src/NetWhy.Wire/NetWhy.Wire.csproj
#:property PublishAot=false
#:property TreatWarningsAsErrors=false
#:property InvariantGlobalization=true
#:property TieredCompilation=false
using System.Buffers;
using System.Globalization;
using NetWhy.Wire.Dns;

double seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 2;
(string Name, byte[] Octets)[] responses =
[
    ("A behind a CNAME, compressed", Convert.FromHexString(
        "12348180000100030000000103777777076578616d706c6503636f6d0000010001c00c000500010000012c000704656467" + "65c010"
        + "c02d000100010000003c0004c0000201c02d000100010000003c0004c0000202" + "00002904d0000000000000")),
    ("NXDOMAIN with its SOA", Convert.FromHexString(
        "123485830001000000010001046e6f7065036c616204746573740000010001c011000600010000003c0020026e73c01104726f6f74"
        + "c0110000000700000e1000000258000151800000003c00002904d0000000000000")),
];

Console.WriteLine($"{"",-32} {"responses/s",14} {"records/s",14} {"ns each",9} {"allocated",10}");
foreach ((string name, byte[] octets) in responses)
{
    _ = Run(octets, TimeSpan.FromSeconds(0.5), out _, out _);
    long before = GC.GetAllocatedBytesForCurrentThread();
    TimeSpan elapsed = Run(octets, TimeSpan.FromSeconds(seconds), out long count, out long records);
    long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-32} {count / elapsed.TotalSeconds,14:N0} {records / elapsed.TotalSeconds,14:N0} {elapsed.TotalNanoseconds / count,9:N1} {allocated,10:N0}"));
}

static TimeSpan Run(byte[] octets, TimeSpan time, out long count, out long records)
{
    count = records = 0;
    // Processor time: others on this machine shall not count.
    TimeSpan start = Environment.CpuUsage.TotalTime;
    do
    {
        for (int i = 0; i < 10_000; i++)
            records += Read(octets);
        count += 10_000;
    }
    while (Environment.CpuUsage.TotalTime - start < time);
    return Environment.CpuUsage.TotalTime - start;
}

static int Read(ReadOnlySpan<byte> octets)
{
    if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done || message.ReadQuestion(out DnsQuestion question) is not OperationStatus.Done)
        throw new InvalidDataException();

    int count = 0, sum = question.Name.Length;
    DnsRecordReader records = message.ReadRecords();
    while (records.Read() is OperationStatus.Done)
    {
        DnsRecord record = records.Current;
        count++;
        sum += record.Owner.Length;
        switch (record.Type)
        {
            case DnsRecordType.A or DnsRecordType.AAAA:
                sum += record.Data[^1];
                break;
            case DnsRecordType.CNAME:
                record.ReadName(out DnsName name);
                sum += name.Labels;
                break;
            case DnsRecordType.SOA:
                record.ReadStartOfAuthority(out DnsStartOfAuthority start);
                sum += (int)start.Serial;
                break;
            case DnsRecordType.OPT:
                record.ReadEdns(out DnsEdns edns);
                sum += edns.PayloadSize;
                break;
            default:
                break;
        }
    }

    return records.IsComplete && sum != 0 ? count : throw new InvalidDataException();
}
