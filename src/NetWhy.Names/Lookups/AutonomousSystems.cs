using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Asks the configured resolver which autonomous system announces an address. It sends questions only when asked.</summary>
/// <remarks>
/// Team Cymru answers for names such as <c>1.2.0.192.origin.asn.cymru.com</c> with a text such as
/// <c>23028 | 216.90.108.0/24 | US | arin | 1998-09-25</c>.
/// </remarks>
public sealed class AutonomousSystems
{
    private const int MostNumbers = 64; // characters: two numbers of 32 bits and more

    private static readonly SemaphoreSlim Places = new(16);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1); // for each server

    private readonly ConcurrentDictionary<IPAddress, Task<string?>> _known = new();
    private readonly DnsServer[] _servers;

    /// <summary>Asks the servers of resolv.conf.</summary>
    public AutonomousSystems()
        : this(ResolverFiles.Read(Environment.GetEnvironmentVariable).Settings.Servers.Select(server => new DnsServer(ServerAddress.Of(server))))
    {
    }

    internal AutonomousSystems(IEnumerable<DnsServer> servers) => _servers = [.. servers];

    /// <summary>Begins to ask; each address once.</summary>
    /// <param name="address">The address.</param>
    public void Want(IPAddress address) => _ = TextOf(address);

    /// <summary>All that is known of the origin of an address, as the answer has it; null if nobody announces it, or no answer came.</summary>
    /// <param name="address">The address.</param>
    public Task<string?> TextOf(IPAddress address) => _known.GetOrAdd(address, AskAsync);

    /// <summary>Ends when all that was asked is answered, or was waited for long enough.</summary>
    public Task WhenAllAsync() => Task.WhenAll(_known.Values);

    /// <summary>The numbers of the systems, such as <c>AS64496</c>, several joined by <c>/</c>; null if nobody announces it, or no answer came.</summary>
    /// <param name="address">The address.</param>
    public async Task<string?> Of(IPAddress address) => await TextOf(address) is { } text ? NumbersIn(text) : null;

    /// <summary>The name to ask for.</summary>
    /// <param name="address">The address.</param>
    internal static string QuestionFor(IPAddress address) => ReverseName.Of(
        address, address.AddressFamily is AddressFamily.InterNetworkV6 ? "origin6.asn.cymru.com." : "origin.asn.cymru.com.");

    /// <summary>Reads the numbers out of an answer; null if there are none.</summary>
    /// <param name="text">The text of the record.</param>
    internal static string? NumbersIn(string text)
    {
        string first = text[..Math.Min(text.Length, MostNumbers)].Split('|')[0];
        string[] numbers = [.. first.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _))];
        return numbers.Length == 0 ? null : string.Join('/', numbers.Select(number => $"AS{number}"));
    }

    private async Task<string?> AskAsync(IPAddress address)
    {
        await Places.WaitAsync();
        try
        {
            byte[] query = Write(QuestionFor(address));
            foreach (DnsServer server in _servers)
            {
                DnsArrival arrival = await DnsNetwork.Instance.AskAsync(server, query, Patience, CancellationToken.None);
                if (arrival.Outcome is DnsOutcome.Answered)
                    return TextIn(arrival.Message.Span);
            }

            return null;
        }
        finally
        {
            Places.Release();
        }
    }

    private static byte[] Write(string name)
    {
        Span<byte> octets = stackalloc byte[512];
        return DnsMessageWriter.Create(octets, Unforeseeable.Id(), DnsFlags.RecursionDesired, DnsResponseCode.NoError, out DnsMessageWriter writer) is OperationStatus.Done
            && writer.WriteQuestion(name, DnsRecordType.TXT) is OperationStatus.Done
                ? writer.Written.ToArray()
                : throw new ArgumentException($"{name} is no name of DNS"); // made of an address
    }

    // An answer without such a record is one too: nobody announces the address.
    private static string? TextIn(ReadOnlySpan<byte> octets)
    {
        if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done)
            return null;
        DnsRecordReader records = message.ReadRecords();
        while (records.Read() is OperationStatus.Done)
        {
            int offset = 0;
            if (records.Section is DnsSection.Answer && records.Current.Type is DnsRecordType.TXT
                && records.Current.ReadText(ref offset, out ReadOnlySpan<byte> value) is OperationStatus.Done)
            {
                return Encoding.ASCII.GetString(value);
            }
        }

        return null;
    }
}
