using System.Collections.Immutable;
using System.Net;

namespace NetWhy.Names;

/// <summary>The names that this machine knows without asking anybody. Source: hosts(5).</summary>
/// <param name="Entries">Its lines that hold an address and a name.</param>
public sealed record HostsFile(ImmutableArray<HostsEntry> Entries)
{
    /// <summary>Where the file is.</summary>
    public const string Path = "/etc/hosts";

    private const int MaxEntries = 100_000; // some hold long block lists; beyond this we would rather be quick

    /// <summary>Reads the file; lines that make no sense are passed over, as glibc does.</summary>
    /// <param name="text">What it holds.</param>
    public static HostsFile Parse(string text)
    {
        var entries = ImmutableArray.CreateBuilder<HostsEntry>();
        int number = 0;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            number++;
            if (entries.Count == MaxEntries)
                break;

            int comment = raw.IndexOf('#');
            ReadOnlySpan<char> line = comment < 0 ? raw : raw[..comment];
            IPAddress? address = null;
            var names = ImmutableArray.CreateBuilder<string>();
            foreach (Range range in line.SplitAny(" \t\r"))
            {
                ReadOnlySpan<char> word = line[range];
                if (word.IsEmpty)
                    continue;
                if (address is not null)
                    names.Add(word.ToString());
                else if (!IPAddress.TryParse(word, out address))
                    break;
            }

            if (address is not null && names.Count > 0)
                entries.Add(new HostsEntry(number, address, names.ToImmutable()));
        }

        return new HostsFile(entries.ToImmutable());
    }

    /// <summary>The lines that name <paramref name="name"/>, regardless of case.</summary>
    /// <param name="name">The name exactly as it is looked up: a final dot counts.</param>
    public IEnumerable<HostsEntry> Find(string name) => Entries.Where(
        entry => entry.Names.Any(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)));
}

/// <summary>One line of the hosts file.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Address">The address.</param>
/// <param name="Names">Its names, the canonical one first.</param>
public sealed record HostsEntry(int Line, IPAddress Address, ImmutableArray<string> Names);
