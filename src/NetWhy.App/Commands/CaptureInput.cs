using System.Buffers;
using System.Runtime.InteropServices;
using NetWhy.Capture.Files;
using NetWhy.Linux;

namespace NetWhy.App.Commands;

/// <summary>A capture that is read from its beginning, and perhaps once more: of what comes through a pipe, a bounded part is kept for that.</summary>
/// <param name="path">Its path; <c>-</c> for standard input.</param>
internal sealed class CaptureInput(string path)
{
    private const int MostKept = 64 << 20;

    private bool _isPipe;
    private ArrayBufferWriter<byte>? _kept; // null where it was too much

    /// <summary>Its path.</summary>
    internal string Path => path;

    /// <summary>Whether it can be opened, for the first time or again.</summary>
    internal bool CanOpen => !_isPipe || _kept is not null;

    /// <summary>Opens it.</summary>
    /// <exception cref="CommandException">It is no capture, or cannot be read.</exception>
    internal CaptureReader Open() => CaptureFile.Open(path, open =>
    {
        if (_isPipe)
        {
            MemoryMarshal.TryGetArray(_kept!.WrittenMemory, out ArraySegment<byte> kept);
            return new MemoryStream(kept.Array ?? [], kept.Offset, kept.Count, writable: false);
        }

        Stream file = open();
        if (path is not "-" && file.CanSeek)
            return file;
        (_isPipe, _kept) = (true, new ArrayBufferWriter<byte>());
        return new KeptStream(file, this);
    });

    // What is behind a broken packet is not read the first time, nor will it be again.
    private void Keep(ReadOnlySpan<byte> octets)
    {
        if (_kept?.WrittenCount + octets.Length > MostKept)
            _kept = null;
        _kept?.Write(octets);
    }

    private sealed class KeptStream(Stream stream, CaptureInput input) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer)
        {
            int count = stream.Read(buffer);
            input.Keep(buffer[..count]);
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
