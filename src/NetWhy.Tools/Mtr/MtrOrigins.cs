using System.Net;
using NetWhy.Linux;
using NetWhy.Names;

namespace NetWhy.Tools.Mtr;

/// <summary>What the registries know of an address, as mtr's column shows it: system, prefix, country, registry, date.</summary>
/// <param name="systems">Who is asked.</param>
internal sealed class MtrOrigins(AutonomousSystems systems)
{
    /// <summary>The largest number of <c>-y</c>.</summary>
    internal const int Most = 4;

    private const string Unknown = "???";
    private const int Longest = 31; // characters, as in mtr

    private static readonly int[] Widths = ["AS".Length + 7, 19, 4, 8, 11];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Width of the column.</summary>
    /// <param name="field">What is shown, 0 to <see cref="Most"/>.</param>
    internal static int Width(int field) => Widths[field];

    /// <summary>What is known by now; the first question begins the search.</summary>
    /// <param name="field">What is shown, 0 to <see cref="Most"/>.</param>
    /// <param name="address">The address; null for a hop that is silent.</param>
    internal string Text(int field, IPAddress? address)
    {
        string shown = Unknown;
        if (address is not null && systems.TextOf(address) is { IsCompletedSuccessfully: true, Result: { } text })
        {
            string[] fields = text.Split('|', StringSplitOptions.TrimEntries);
            shown = Printable.Of(field < fields.Length ? fields[field] : fields[0], isUtf8: true);
        }

        shown = field == 0 ? $"AS{shown}" : shown;
        return shown.Length > Longest ? shown[..Longest] : shown;
    }

    /// <summary>The same, as wide as its column.</summary>
    /// <param name="field">What is shown, 0 to <see cref="Most"/>.</param>
    /// <param name="address">The address; null for a hop that is silent.</param>
    internal string Cell(int field, IPAddress? address)
    {
        string cell = Text(field, address).PadRight(Width(field));
        return cell.Length > Longest ? cell[..Longest] : cell;
    }

    /// <summary>Begins to ask.</summary>
    /// <param name="address">The address.</param>
    internal void Want(IPAddress address) => systems.Want(address);

    /// <summary>Waits a while for what is being asked.</summary>
    /// <param name="cancellation">Gives up.</param>
    internal void Settle(CancellationToken cancellation) =>
        Task.WaitAny([systems.WhenAllAsync(), Task.Delay(Patience, cancellation)], cancellation);
}
