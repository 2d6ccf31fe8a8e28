using System.Buffers.Binary;
using NetWhy.Analysis.Flows;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Captures;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>Transfers as the receiver sees them, 40 ms from the sender: a link that is full gives data evenly, a window that is too small gives it in bursts.</summary>
public sealed class PacedTransferTests : IDisposable
{
    private const int Segment = 1448;
    private const int Scale = 7;
    private const double RoundTrip = 0.04;
    private const double End = 3;
    private const uint Client = 0x0a000001, Server = 0x0a000002;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(131_072, 0.85)]
    [InlineData(131_072, 0.95)]
    [InlineData(1_048_576, 0.72)]
    [InlineData(5_800, 0.9)]
    public void A_link_that_is_full_is_no_window_that_is_too_small(int window, double filled)
    {
        using (FileStream file = Begin(window))
        {
            uint sequence = 501;
            for (double time = 2 * RoundTrip; time < End; time += Segment * RoundTrip / (filled * window))
                sequence = WriteData(file, time, sequence, Segment, window);
        }

        CaptureDiagnosis diagnosis = Judge();

        Assert.Empty(diagnosis.Findings.Select(found => found.Finding.Cause));
        Assert.Equal(Status.Healthy, diagnosis.Status);
        Assert.Contains("comes evenly", Assert.Single(diagnosis.Notes).Finding.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(131_072)]
    [InlineData(5_800)]
    public void A_window_that_is_too_small_is_filled_and_waited_for(int window)
    {
        const double OnLink = 0.0001; // a segment
        using (FileStream file = Begin(window))
        {
            uint sequence = 501;
            for (double time = 2 * RoundTrip; time < End; time += RoundTrip)
            {
                for (int sent = 0; sent + Segment <= window; sent += Segment)
                    sequence = WriteData(file, time + (sent / Segment * OnLink), sequence, Segment, window);
            }
        }

        CaptureDiagnosis diagnosis = Judge();

        Assert.Equal("receive-window-limited", Assert.Single(diagnosis.Findings).Finding.Cause);
    }

    private CaptureDiagnosis Judge()
    {
        CaptureAnalysis analysis = CaptureAnalyzer.OfFile(_path, new CaptureAnalyzerOptions(), TestContext.Current.CancellationToken);
        return CaptureDiagnosis.Of(analysis.Capture, analysis.Conversations, [.. analysis.NameServers], RuleCatalog.All);
    }

    private FileStream Begin(int window)
    {
        var file = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        PcapHeader.Write(file);
        ReadOnlySpan<byte> options = [2, 4, 5, 0xb4, 4, 2, 1, 3, 3, Scale, 1, 1];
        Write(file, 0, isServer: false, 100, 0, flags: 2, 64_240, options, 0);
        Write(file, RoundTrip, isServer: true, 500, 101, flags: 0x12, 65_160, options, 0);
        Write(file, RoundTrip + 0.0001, isServer: false, 101, 501, flags: 0x10, window >> Scale, [], 0);
        Write(file, RoundTrip + 0.0003, isServer: false, 101, 501, flags: 0x18, window >> Scale, [], 100);
        return file;
    }

    private static uint WriteData(FileStream file, double time, uint sequence, int length, int window)
    {
        Write(file, time, isServer: true, sequence, 201, flags: 0x10, 500, [], length);
        uint next = sequence + (uint)length;
        Write(file, time + 0.00002, isServer: false, 201, next, flags: 0x10, window >> Scale, [], 0);
        return next;
    }

    private static void Write(FileStream file, double time, bool isServer, uint sequence, uint acknowledged, byte flags, int window, ReadOnlySpan<byte> options, int length)
    {
        const int RecordHeader = 16, IpHeader = 20;
        int header = 20 + options.Length, size = IpHeader + header + length;
        Span<byte> packet = new byte[RecordHeader + size];
        long microseconds = (long)Math.Round(time * 1e6);
        BinaryPrimitives.WriteUInt32LittleEndian(packet, 1_700_000_000 + (uint)(microseconds / 1_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(packet[4..], (uint)(microseconds % 1_000_000));
        BinaryPrimitives.WriteInt32LittleEndian(packet[8..], size);
        BinaryPrimitives.WriteInt32LittleEndian(packet[12..], size);
        Span<byte> ip = packet[RecordHeader..];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)size);
        ip[8] = 64;
        ip[9] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], isServer ? Server : Client);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], isServer ? Client : Server);
        Span<byte> tcp = ip[IpHeader..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, (ushort)(isServer ? 8080 : 40_000));
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], (ushort)(isServer ? 40_000 : 8080));
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledged);
        tcp[12] = (byte)(header / 4 << 4);
        tcp[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], (ushort)window);
        options.CopyTo(tcp[20..]);
        file.Write(packet);
    }
}
