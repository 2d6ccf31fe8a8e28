using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;
using NetWhy.Capture.Files;
using NetWhy.Linux;
using NetWhy.Tools.Tcpdump;

namespace NetWhy.Tools.Tshark;

/// <summary>The first of two passes over a capture (<c>-2</c>): it learns what later packets tell of earlier ones, and which packets the second one sees.</summary>
/// <remarks>The capture is read twice rather than held: of a packet that is held back a bit is kept, and of others what <see cref="Hindsight"/> says.</remarks>
internal sealed class FirstPass
{
    private const int BitsOfWord = 64;

    private readonly List<ulong> _heldBack = []; // a bit for each packet, from the lowest on

    private FirstPass()
    {
    }

    /// <summary>What was learned.</summary>
    internal Hindsight Hindsight { get; } = new();

    /// <summary>Reads a capture.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">What the command line says.</param>
    /// <param name="filter">What holds packets back (<c>-R</c>); null for nothing.</param>
    /// <param name="host">Who may interrupt it.</param>
    /// <exception cref="ToolException">It cannot be read twice, or not at all.</exception>
    internal static FirstPass Read(string path, TsharkOptions options, DisplayFilter? filter, IToolHost host)
    {
        if (path is "-")
            path = "/dev/stdin"; // opened anew, so that the second pass finds it unread
        if (File.Exists(path) && !RegularFile.IsAt(path))
            throw new ToolException(ToolException.CouldNotWork, $"{path} is a pipe or FIFO, and two-pass mode (-2) reads a capture twice: save it to a file first, or leave out -2");
        var pass = new FirstPass();
        var fields = new PacketFields(FieldCatalog.Default);
        if (filter is not null)
            fields.Want(filter.Fields);
        var dissector = new Dissector(fields, observer: null, summary: null, options.Preferences, carried: null, pass.Hindsight);
        using CaptureReader reader = CaptureFiles.OpenOne(path);
        try
        {
            for (long number = 0; number < (options.Count ?? long.MaxValue) && !host.Cancellation.IsCancellationRequested && reader.Read(out PacketRecord packet); number++)
            {
                DissectedPacket dissected = dissector.Read(packet);
                if (filter is null || filter.Matches(dissected))
                    continue;
                dissector.HoldBack();
                pass.HoldBack(number);
            }
        }
        catch (Exception broken) when (broken is CaptureFormatException or IOException)
        {
            // The second pass comes to the same place, and says so.
        }

        pass.Hindsight.Conclude();
        return pass;
    }

    /// <summary>Whether the second pass sees a packet.</summary>
    /// <param name="record">Its place in the capture, from 0.</param>
    internal bool Keeps(long record) => record / BitsOfWord >= _heldBack.Count || (_heldBack[(int)(record / BitsOfWord)] >> (int)(record % BitsOfWord) & 1) == 0;

    private void HoldBack(long record)
    {
        while (record / BitsOfWord >= _heldBack.Count)
            _heldBack.Add(0);
        _heldBack[(int)(record / BitsOfWord)] |= 1UL << (int)(record % BitsOfWord);
    }
}
