using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>A display filter of Wireshark, version 4.0: <c>tcp.port == 443 and not ip.addr in {10.0.0.1, 10.0.0.5..10.0.0.9}</c>.</summary>
/// <remarks>
/// It accepts and rejects what tshark does, with a few exceptions: names of hosts are never looked up, words that only
/// Wireshark knows as protocols are values here, and regular expressions that .NET cannot say are refused. A filter keeps
/// what it needs to evaluate a packet, so one thread uses it at a time. Source: man page wireshark-filter(4).
/// </remarks>
public sealed class DisplayFilter
{
    private readonly FilterMemory _memory;
    private readonly PacketTest? _test;

    private DisplayFilter(PacketTest? test, FilterMemory memory, IReadOnlyList<Field> fields, IReadOnlyList<string> notes)
    {
        _test = test;
        _memory = memory;
        Fields = fields;
        Notes = notes;
    }

    /// <summary>The fields and protocols that it reads.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>What the user should know of it: names and operators that are old, and names that guides made up.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>How many values were given up because their regular expression took too long; they did not match.</summary>
    public int AbandonedMatches => _memory.Abandoned;

    /// <summary>Compiles a filter.</summary>
    /// <param name="text">The filter; an empty one passes every packet.</param>
    /// <param name="catalog">The fields there are.</param>
    /// <exception cref="DisplayFilterException">It means nothing; the message says why, and where.</exception>
    public static DisplayFilter Compile(string text, FieldCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(catalog);
        var memory = new FilterMemory();
        if (FilterParser.Parse(text, catalog, out IReadOnlyList<string> notes) is not { } node)
            return new DisplayFilter(null, memory, [], notes);
        var compiler = new FilterCompiler(catalog, memory);
        PacketTest test = compiler.Compile(node);
        return new DisplayFilter(test, memory, [.. compiler.Fields.OrderBy(field => field.Index)], notes);
    }

    /// <summary>Whether a packet passes.</summary>
    /// <param name="packet">The packet, with the values of <see cref="Fields"/>.</param>
    public bool Matches(in DissectedPacket packet)
    {
        if (_test is null)
            return true;
        _memory.Reset();
        return _test(packet);
    }
}
