package server

import "basalt/command"

// pause is the state of CLIENT PAUSE.
type pause struct {
	untilMs int64
	sinceMs int64
	all     bool
	waiting []*session // clients whose next command waits for the end, or for the disk
}

// pauses reports whether CLIENT PAUSE holds this command back, or a disk that
// is behind.
func (x *executor) pauses(flags command.Flags) bool {
	if x.gate&(gatePaused|gateBehind) == 0 {
		return false
	}
	return flags&(command.Write|command.MayReplicate) != 0 || x.gate&gatePaused != 0 && x.pause.all
}

// hold lets a command wait for the end of the pause.
func (x *executor) hold(s *session, w *slot) {
	x.suspend(s, w.batch, int(w.index))
	s.Flags |= command.Paused
	x.pause.waiting = append(x.pause.waiting, s)
}

// setPause starts or prolongs a pause. A weaker or shorter one never cuts a
// stronger or longer one. While it lasts nothing expires, so that the data
// stays as it is.
func (x *executor) setPause(untilMs int64, all bool) {
	if x.gate&gatePaused == 0 {
		x.pause.untilMs, x.pause.all, x.pause.sinceMs = 0, false, x.nowMs
	}
	x.pause.untilMs = max(x.pause.untilMs, untilMs)
	if x.pause.untilMs <= x.nowMs {
		return
	}
	x.pause.all = x.pause.all || all
	x.gate |= gatePaused
	x.keys.Hold = true
	x.server.log.Info().Int64("ms", x.pause.untilMs-x.nowMs).Bool("all", x.pause.all).Msg("commands are paused")
	x.checkPause()
}

// checkPause ends the pause when its time has come, and sees to it that the
// cron runs then.
func (x *executor) checkPause() {
	switch {
	case x.gate&gatePaused == 0:
	case x.nowMs >= x.pause.untilMs:
		x.endPause()
	default:
		x.cronMs = min(x.cronMs, x.pause.untilMs)
	}
}

// endPause lets everybody go on.
func (x *executor) endPause() {
	if x.gate&gatePaused == 0 {
		return
	}
	x.gate &^= gatePaused
	x.keys.Hold = false
	x.server.log.Info().Int64("took_ms", x.nowMs-x.pause.sinceMs).Int("waited", len(x.pause.waiting)).
		Msg("commands are not paused any more")
	x.resumeHeldBack()
}

// resumeHeldBack lets commands that were held back try again.
func (x *executor) resumeHeldBack() {
	x.resuming = append(x.resuming, x.pause.waiting...)
	x.pause.waiting = x.pause.waiting[:0]
	// The loop must not sleep before it has resumed them.
	x.cronMs = x.nowMs
}

// resumeAll runs the batches of clients that may go on. It is called between
// windows, never from within a command.
func (x *executor) resumeAll() {
	for len(x.resuming) > 0 {
		list := x.resuming
		x.resuming = nil
		for _, s := range list {
			if s.suspended != nil {
				x.resume(s)
			}
		}
	}
}
