using System.Globalization;
using NetWhy.Capture.Files;

namespace NetWhy.App.Commands;

/// <summary>Takes a packet of a capture.</summary>
/// <param name="packet">The packet: valid until the next one is read.</param>
internal delegate void TakePacket(in PacketRecord packet);

/// <summary>A capture that is read from its beginning to its end, as often as a view of it needs.</summary>
internal static class CaptureFile
{
    /// <summary>Reads every packet.</summary>
    /// <param name="path">The capture; <c>-</c> for standard input.</param>
    /// <param name="take">Takes each packet.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Why it could not be read to its end; null if it could.</returns>
    /// <exception cref="CommandException">It is no capture, or cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was to end.</exception>
    public static string? ReadAll(string path, TakePacket take, CancellationToken cancellationToken)
    {
        using CaptureReader reader = Open(path);
        long count = 0;
        try
        {
            for (; reader.Read(out PacketRecord packet); count++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                take(packet);
            }

            return null;
        }
        catch (Exception broken) when (broken is CaptureFormatException or IOException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{path}: {FileRefusal.Reason(broken)} (behind packet {count}; what is before it was read)");
        }
    }

    /// <summary>Opens a capture.</summary>
    /// <param name="path">The capture; <c>-</c> for standard input.</param>
    /// <exception cref="CommandException">It is no capture, or cannot be read.</exception>
    public static CaptureReader Open(string path) => Open(path, open => open());

    /// <summary>Opens a capture.</summary>
    /// <param name="path">The capture; <c>-</c> for standard input.</param>
    /// <param name="choose">What is read of it, or in its place.</param>
    /// <exception cref="CommandException">It is no capture, or cannot be read.</exception>
    public static CaptureReader Open(string path, Func<Func<Stream>, Stream> choose)
    {
        try
        {
            return CaptureReader.Open(choose(() => path is "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)));
        }
        catch (Exception refusal) when (refusal is CaptureFormatException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Refused(path, refusal);
        }
    }

    /// <summary>What is said of a capture that cannot be read.</summary>
    /// <param name="path">The capture.</param>
    /// <param name="refusal">Why.</param>
    public static CommandException Refused(string path, Exception refusal) =>
        new(ExitCode.CouldNotWork, refusal is CaptureFormatException ? $"{path}: {refusal.Message}" : FileRefusal.InWords(path, refusal));
}
